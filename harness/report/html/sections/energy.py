"""What does it take in energy, or why does nobody know?"""

from __future__ import annotations

from harness.analyse.records import no_energy_reason
from harness.report.charts.cost import cost_figure
from harness.report.format import estimate, plain_text
from harness.report.html.asked import Asked
from harness.report.section import Section

_LONGEST = 400


def energy(asked: Asked) -> Section:
    """Answer with the least energy per item, or with the reason why none was measured."""
    machine = asked.machine
    question = "What does it take in energy?"
    figure = cost_figure(machine.records, "energy_per_item")
    if figure is None:
        why = no_energy_reason(machine.environment)
        said = f"Not known: {plain_text(str(why), longest=_LONGEST)}."
        hint = plain_text(why.hint, longest=_LONGEST)
        details = (f"To have it: {hint}.",) if hint else ()
        return Section(key="energy", question=question, answers=(said,), details=details)
    known = [r for r in machine.records if r.values["energy_per_item"].value is not None]
    least = min(known, key=lambda record: record.values["energy_per_item"].value or 0.0)
    spent = estimate(least.values["energy_per_item"], with_interval=True)
    answer = f"The least is {spent} per item, by {plain_text(least.case.slug)}."
    return Section(key="energy", question=question, answers=(answer,), figures=(figure,))
