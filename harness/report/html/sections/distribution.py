"""How is the latency of a chosen case distributed?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from harness.analyse.distribution import Histogram, distributions
from harness.report.charts.histogram import histogram_figure
from harness.report.format import count, quantity
from harness.report.machine_runs import Machine
from harness.report.order import in_order
from harness.report.section import Section

MOST: Final = 500
"""Cases whose distribution stands on a page."""


def histograms(machine: Machine, most: int = MOST) -> Mapping[str, Histogram]:
    """Return, by case id, how the latency of the first cases was distributed.

    Of several runs the newest one that has samples of a case counts, as for its record.
    """
    wanted = [record.case.id for record in in_order(machine.records)][:most]
    found: dict[str, Histogram] = {}
    for one in machine.runs:
        found |= distributions(one.run, wanted)
    return {case_id: found[case_id] for case_id in wanted if case_id in found}


def distribution(machine: Machine, found: Mapping[str, Histogram]) -> Section | None:
    """Draw the first case; the page lets its reader choose another. None where there is none."""
    first = next((r for r in in_order(machine.records) if r.case.id in found), None)
    if first is None:
        return None
    return Section(
        key="distribution",
        question="How is latency distributed?",
        answers=(_answer(tuple(found.values())),),
        details=("Choose a case here, or by the button at the end of its row in the table.",),
        figures=(histogram_figure(first.case, found[first.case.id]),),
    )


def _answer(found: Sequence[Histogram]) -> str:
    """Say how far the slowest samples lie from the middle, over all cases."""
    ratios = sorted(one.largest / one.median for one in found)
    middle = ratios[len(ratios) // 2]
    samples = count(sum(one.samples for one in found))
    return (
        f"In the middle one of {count(len(found))} cases the slowest iteration took {middle:.3g} "
        f"times the median, in the worst {ratios[-1]:.3g} times ({samples} samples in all, "
        f"warm-up not counted; medians from {quantity(min(o.median for o in found), 's')} to "
        f"{quantity(max(o.median for o in found), 's')})."
    )
