"""Which studies there are, in the order in which they run; each is imported when it runs."""

from __future__ import annotations

from typing import Final

from tests.bench.program import Program

ROWS: Final = {
    "aa_simulated": "false alarms of compare on equal code, four noise models",
    "slowdown_simulated": "share found of 5 % slowdowns, 300 cases, 5 rounds",
    "coverage": "how often nominal 95 % intervals of p50, p90, p99 hold the truth",
    "warm_up_cut": "bias of the median after the cut, and the cut where there is no warm-up",
    "history_false": "reports of history on series without a change, five noise models",
    "history_step": "share found of a 3 % step at 1 % spread, 6 points after it",
    "index": "an index of a million records: building, and one case's history",
    "compare_speed": "comparing two runs of 1,000 cases x 5 rounds x 1,000 samples",
    "stored_same": "equal code in 8 runs minutes apart, 33 cases, all pairs: false alarms, equals",
    "stored_slower": "5 % more work in runs of their own, 33 cases, 5 rounds: share found",
    "laws": "known laws, 3 % noise, 8 sizes, 1,000 draws: how often intervals hold them",
    "held_out": "the largest size of each law of the reference run, predicted by the others",
    "budget_left_out": "budgets asked of the reference run without the network that just fits",
    "ab_same": "an interpreter against itself by ab, 36 cases, 5 pairs: false alarms, resolution",
    "ab_slower": "5 % more work by ab, 108 cases, 5 pairs: share found",
}
"""By name, what the study shows; the module of that name has the function `measure`."""

PROGRAM: Final = Program(package="tests.studies", title="Studies", rows=ROWS)
