"""How does cost grow with the parameter count?"""

from __future__ import annotations

from harness.report.charts.cost import cost_figure
from harness.report.machine_runs import Machine
from harness.report.section import Section


def growth(machine: Machine) -> Section | None:
    """Answer with a law a family and target; None where nothing was measured."""
    drawn = (cost_figure(machine.records, name) for name in ("latency_quiet", "throughput_quiet"))
    figures = tuple(figure for figure in drawn if figure)
    if not figures:
        return None
    return Section(
        key="growth",
        question="How does cost grow with the parameter count?",
        answers=(),
        figures=figures,
    )
