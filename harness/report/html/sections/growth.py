"""How does cost grow with the parameter count?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.core.scaling import Law
from harness.report.charts.cost import cost_figure
from harness.report.format import quantity, scaled_count
from harness.report.html.asked import METRICS, MOST_LINES, Asked
from harness.report.laws import law_name, law_sentence, law_tables
from harness.report.section import Section


def growth(asked: Asked) -> Section | None:
    """Answer with a law a family and target; None where nothing was measured."""
    laws = asked.laws_of(METRICS)
    figures = tuple(
        figure
        for name in METRICS
        if (figure := cost_figure(asked.machine.records, name, asked.laws_of([name])))
    )
    if not figures:
        return None
    return Section(
        key="growth",
        question="How does cost grow with the parameter count?",
        answers=tuple(_answers(asked.laws_of(METRICS[:1]) or laws)),
        figures=figures,
        tables=law_tables(laws) if laws else (),
    )


def _answers(laws: Sequence[Law]) -> Iterator[str]:
    """Say how many laws hold, then each in a sentence."""
    if not laws:
        yield f"There are more than {MOST_LINES} lines, too many for a page: see `scalecurve fit`."
        return
    held = [law for law in laws if law.holds]
    exponents = sorted((law.exponent.value, law_name(law)) for law in held if law.exponent)
    said = f"{len(held)} of {len(laws)} laws of cost against parameter count hold"
    if exponents:
        (low, of_low), (high, of_high) = exponents[0], exponents[-1]
        said += f", with exponents from {low:.2f} ({of_low}) to {high:.2f} ({of_high})"
    yield f"{said}."
    yield from (law_sentence(law) for law in held)
    yield from (_span(law) for law in laws if not law.holds)


def _span(law: Law) -> str:
    """Say what was seen where no law holds."""
    first, last = law.points[0], law.points[-1]
    unit = law.subject.unit if law.subject else "s"
    return (
        f"{law_name(law)}: {quantity(first.cost, unit)} at {scaled_count(first.size)} parameters "
        f"to {quantity(last.cost, unit)} at {scaled_count(last.size)}, "
        f"{_times(last.cost / first.cost)} as much; no law holds: {'; '.join(law.reasons)}."
    )


def _times(ratio: float) -> str:
    """Write a ratio to three digits, never as a power of ten.

    >>> _times(3084.2), _times(1.234)
    ('3,080 times', '1.23 times')
    """
    return f"{float(f'{ratio:.3g}'):,g} times"
