"""What does it take in memory?"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.record import Record
from harness.report.charts.memory import memory_figure
from harness.report.columns import metric_column
from harness.report.footnotes import footnotes
from harness.report.format import estimate, plain_text
from harness.report.html.asked import Asked
from harness.report.order import family_place
from harness.report.section import Section


def memory(asked: Asked) -> Section | None:
    """Answer with the peak of the largest network of each family; None without any record."""
    machine = asked.machine
    found = [r for r in machine.records if r.outcome.reason is None and not r.case.replica]
    if not found:
        return None
    figure = memory_figure(machine.records)
    answers = tuple(_answers(found))
    why = footnotes(found, [metric_column("peak_rss")])
    return Section(
        key="memory",
        question="What does it take in memory?",
        answers=answers or ("No host memory was measured.", *why[:2]),
        figures=(figure,) if figure else (),
    )


def _answers(records: list[Record]) -> Iterator[str]:
    families = sorted({record.case.model.family for record in records}, key=family_place)
    for family in families:
        found = [r for r in records if r.case.model.family == family and r.values["peak_rss"].value]
        if not found:
            continue
        largest = max(record.parameter_count or 0 for record in found)
        at_largest = [record for record in found if (record.parameter_count or 0) == largest]
        at_largest.sort(key=lambda record: record.values["peak_rss"].value or 0.0)
        parts = (
            f"{estimate(record.values['peak_rss'], with_interval=True)} on "
            f"{plain_text(record.case.target.backend)}"
            for record in at_largest
        )
        name = plain_text(at_largest[0].case.slug.partition("/")[0])
        yield f"{name}: at its peak {', '.join(parts)}."
