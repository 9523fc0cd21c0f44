"""How far is this from what the hardware can do?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from harness.analyse.roofline import Attained, Roof, roofline
from harness.report.charts.roofline import roofline_figure
from harness.report.format import interval, plain_text, quantity
from harness.report.html.asked import Asked
from harness.report.order import family_place
from harness.report.roofline_table import attained_table, peaks_table
from harness.report.section import Section

_MOST_ROWS: Final = 60
_ATTAINABLE: Final = (
    "Attainable is what the slower of arithmetic and memory would allow, at the best that this "
    "machine showed for products of matrices and for reading memory of that size."
)
_ABOVE: Final = (
    "A share above 100 % says that the roof was not reached when it was measured: measure the "
    "peaks again while nothing else uses the machine."
)
_BOUNDS: Final = {
    Roof.COMPUTE: "by its arithmetic",
    Roof.MEMORY: "by moving its weights",
    Roof.LAUNCH: "by starting its operations",
}


def hardware(asked: Asked) -> Section:
    """Answer with the share of the attainable; where no peaks are known, with how to have them."""
    machine = asked.machine
    question = "How far is this from what the hardware can do?"
    attained, left_out = roofline(machine.records, machine.peaks)
    if not attained:
        why = "The peaks of this machine are not known; `scalecurve roofline RUN` measures them."
        if machine.peaks:
            why = "No case could be held against the peaks of this machine."
        return Section(key="hardware", question=question, answers=(why,))
    figure = roofline_figure(attained, machine.peaks)
    best = sorted(attained, key=lambda one: -one.share.value)[:_MOST_ROWS]
    return Section(
        key="hardware",
        question=question,
        answers=tuple(_answers(attained)),
        details=(_ATTAINABLE, *((_ABOVE,) if any(_is_above(one) for one in attained) else ())),
        figures=(figure,) if figure else (),
        tables=(peaks_table(machine.peaks), attained_table(best, left_out)),
    )


def _answers(attained: Sequence[Attained]) -> Iterator[str]:
    """Say of each family how near its best and its worst case come, and what bounds them."""
    families = sorted({one.case.model.family for one in attained}, key=family_place)
    for family in families:
        found = [one for one in attained if one.case.model.family == family]
        best = max(found, key=lambda one: one.share.value)
        worst = min(found, key=lambda one: one.share.value)
        yield (
            f"{plain_text(family)}: at best {_share(best)} of the attainable "
            f"({plain_text(best.case.slug)}, {_bound(best)}), "
            f"at worst {quantity(worst.share.value, '1')} ({plain_text(worst.case.slug)}, "
            f"{_bound(worst)})."
        )


def _is_above(one: Attained) -> bool:
    return one.share.value > 1


def _share(one: Attained) -> str:
    return interval(one.share.value, "1", one.share.low, one.share.high)


def _bound(one: Attained) -> str:
    """Say what explains the time of a case."""
    share = quantity(one.explained, "1")
    if one.is_explained:
        return f"bounded {_BOUNDS[one.bound]}, which explains {share}"
    return f"mostly overhead: no bound explains more than {share}"
