"""How does cost grow with the parameter count?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from harness.analyse.scaling import laws as fit_laws
from harness.core.scaling import Law
from harness.report.charts.cost import cost_figure
from harness.report.format import quantity, scaled_count
from harness.report.laws import law_name, law_sentence, law_tables
from harness.report.machine_runs import Machine
from harness.report.section import Section

METRICS: Final = ("latency_quiet", "throughput_quiet")
_MOST: Final = 200
"""Laws on one page; with more of them `fit` is the place to look."""


def growth(machine: Machine) -> Section | None:
    """Answer with a law a family and target; None where nothing was measured."""
    laws = machine_laws(machine)
    figures = tuple(
        figure
        for name in METRICS
        if (figure := cost_figure(machine.records, name, _of(laws, name)))
    )
    if not figures:
        return None
    return Section(
        key="growth",
        question="How does cost grow with the parameter count?",
        answers=tuple(_answers(_of(laws, METRICS[0]) or laws)),
        figures=figures,
        tables=law_tables(laws) if laws else (),
    )


def machine_laws(machine: Machine) -> tuple[Law, ...]:
    """Fit the laws of latency and throughput; none where they are too many for a page."""
    lines = {
        (record.case.model.family, record.case.target, record.case.scenario)
        for record in machine.records
        if record.outcome.reason is None
    }
    return fit_laws(machine.records, METRICS) if len(lines) <= _MOST else ()


def _of(laws: Sequence[Law], metric: str) -> tuple[Law, ...]:
    return tuple(law for law in laws if law.subject and law.subject.metric == metric)


def _answers(laws: Sequence[Law]) -> Iterator[str]:
    """Say how many laws hold, then each in a sentence."""
    if not laws:
        yield f"There are more than {_MOST} lines, too many for a page: see `scalecurve fit`."
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
        f"{last.cost / first.cost:.3g} times as much; no law holds: {'; '.join(law.reasons)}."
    )
