"""Equal code, runs minutes apart: how many cases are called different, how many equivalent."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.core.comparison import Comparison, Verdict
from harness.core.run import Run
from tests.bench.row import Row, Setting
from tests.studies.stored import alarms, pairs, stored, verdicts

_FALSE: Final = 0.01
_EQUIVALENT: Final = 0.5
_FLOOR: Final = 0.02
_BOUND: Final = f"at most {_FALSE:.0%} confirmed; at least {_EQUIVALENT:.0%} of quiet cases equal"


def measure(setting: Setting) -> Row:
    """Compare every pair of the equal runs; what is flagged is looked at in a third run."""
    runs = stored(setting).equal
    every: list[Sequence[Comparison]] = []
    flagged = confirmed = 0
    for base, candidate, again in pairs(runs):
        found = verdicts(base, candidate)
        every.append(found)
        called = alarms(found)
        flagged += len(called)
        confirmed += len(called & alarms(verdicts(base, again))) if called else 0
    made = sum(map(len, every))
    share, floors = _equivalent(every)
    alone = _disjoint(runs)
    figure = f"{confirmed} of {made} confirmed ({flagged} flagged); {share:.0%} equivalent"
    met = confirmed <= _FALSE * made and share >= _EQUIVALENT
    upper = stats.beta.ppf(0.95, alone[0] + 1, alone[1] - alone[0])
    detail = (
        f"{len(runs)} runs, {len(every)} pairs, {made // len(every)} cases; pairs share runs, so "
        f"they depend on each other. In pairs that share none: {alone[0]} of {alone[1]} flagged "
        f"before any confirmation, at most {upper:.2%} with 95 % confidence (exact binomial)\n"
        f"noise floors (95th percentile of the difference over pairs): {_spread(floors)}\n"
        f"verdicts: {_counted(every)}"
    )
    return Row("stored_same", figure, _BOUND, met, detail)


def _equivalent(every: Sequence[Sequence[Comparison]]) -> tuple[float, Mapping[str, float]]:
    """Return the share of `equivalent` among cases with a low floor, and every case's floor."""
    ratios: defaultdict[str, list[float]] = defaultdict(list)
    for one in (one for found in every for one in found):
        if one.ratio is not None:
            ratios[one.case.id].append(abs(math.log(one.ratio.value)))
    floors = {case: float(np.quantile(values, 0.95)) for case, values in ratios.items()}
    low = [one for found in every for one in found if floors.get(one.case.id, 1.0) < _FLOOR]
    equal = sum(one.verdict is Verdict.EQUIVALENT for one in low)
    return (equal / len(low) if low else 0.0), floors


def _disjoint(runs: Sequence[Run]) -> tuple[int, int]:
    """Count flagged and all comparisons of pairs that share no run."""
    chosen = [verdicts(a, b) for a, b in zip(runs[::2], runs[1::2], strict=False)]
    return sum(len(alarms(found)) for found in chosen), sum(map(len, chosen))


def _spread(floors: Mapping[str, float]) -> str:
    if not floors:
        return "none, the machine was never quiet"
    low = sum(floor < _FLOOR for floor in floors.values())
    middle = np.median(list(floors.values()))
    return f"median {middle:.2%}, {low} of {len(floors)} under {_FLOOR:.0%}"


def _counted(every: Sequence[Sequence[Comparison]]) -> str:
    all_ = [one.verdict for found in every for one in found]
    return ", ".join(f"{all_.count(verdict)} {verdict}" for verdict in Verdict)
