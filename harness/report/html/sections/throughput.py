"""How does throughput depend on the batch size?"""

from __future__ import annotations

from harness.core.case import Scenario
from harness.report.charts.batch import batch_figure
from harness.report.format import count, estimate, plain_text
from harness.report.html.asked import Asked
from harness.report.section import Section


def throughput(asked: Asked) -> Section | None:
    """Answer with the most items per second; None where no throughput was asked for."""
    machine = asked.machine
    found = [
        record
        for record in machine.records
        if record.case.scenario is Scenario.OFFLINE and not record.case.replica
    ]
    known = [record for record in found if record.values["throughput_quiet"].value is not None]
    if not known:
        return None
    best = max(known, key=lambda record: record.values["throughput_quiet"].value or 0.0)
    most = estimate(best.values["throughput_quiet"], with_interval=True)
    figure = batch_figure(machine.records)
    sizes = sorted({record.case.batch_size for record in known})
    details: tuple[str, ...] = ()
    if figure is None:
        named = ", ".join(map(count, sizes))
        details = (f"No network was measured at more than one batch size (only {named}).",)
    return Section(
        key="throughput",
        question="How does throughput depend on the batch size?",
        answers=(f"The most is {most} items, by {plain_text(best.case.slug)}.",),
        details=details,
        figures=(figure,) if figure else (),
    )
