"""What changed between the two sides of an A/B run?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.analyse.compare.compare import compare_effects
from harness.analyse.compare.compared import Compared
from harness.analyse.compare.settings import Settings
from harness.analyse.pairs import effects_of_pairs
from harness.core.comparison import Verdict
from harness.core.run import Run
from harness.report.format import change, plain_text
from harness.report.machine_runs import Machine
from harness.report.section import Section
from harness.report.sides import sides_lines
from harness.report.verdicts import remarks, tally, verdict_tables, word

_BASE_ONLY: Final = "All that follows on this page is of the baseline."


def sides(machine: Machine, place: int) -> Iterator[Section]:
    """Answer for each A/B run of a machine; other runs have one side, and no section.

    Args:
        machine: With its runs.
        place: Of the machine among all, for names on the page.
    """
    for number, one in enumerate(machine.runs, start=1):
        if one.run.header.candidate is not None:
            yield _section(one.run, f"sides-{place}-{number}")


def _section(run: Run, key: str) -> Section:
    settings = Settings()
    compared = compare_effects(effects_of_pairs(run, settings), {}, settings)
    return Section(
        key=key,
        question=f"What changed between the two sides of {plain_text(Path(run.path).name)}?",
        answers=tuple(_answers(compared)),
        details=(*sides_lines(run.header), *remarks(compared), _BASE_ONLY),
        tables=tuple(table for table in verdict_tables(compared) if table.rows),
    )


def _answers(compared: Compared) -> Iterator[str]:
    """Count the verdicts, then say each change."""
    if compared.proven is False:
        yield "NOT PROVEN: the control case moved, so no verdict is to be believed."
    yield f"From base to candidate: {tally(compared.gated)}."
    for one in compared.gated:
        if one.verdict in {Verdict.SLOWER, Verdict.FASTER} and one.ratio is not None:
            ratio = one.ratio
            yield (
                f"{plain_text(one.case.slug)}, {one.metric}: {word(one)}, "
                f"{change(ratio.value, ratio.low, ratio.high)}."
            )
