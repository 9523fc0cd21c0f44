"""From machines to a page: sections in the order in which people ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from harness.analyse.distribution import Histogram
from harness.report.charts.figure import Figure
from harness.report.charts.histogram import compact
from harness.report.format import count, plain_text
from harness.report.html.asked import Asked, Wishes, ask
from harness.report.html.page import Content, render
from harness.report.html.sections.across import across
from harness.report.html.sections.break_even import break_even
from harness.report.html.sections.budget import budget
from harness.report.html.sections.conditions import conditions
from harness.report.html.sections.distribution import distribution, histograms
from harness.report.html.sections.energy import energy
from harness.report.html.sections.growth import growth
from harness.report.html.sections.hardware import hardware
from harness.report.html.sections.memory import memory
from harness.report.html.sections.pareto import pareto
from harness.report.html.sections.quality import quality
from harness.report.html.sections.sides import sides
from harness.report.html.sections.throughput import throughput
from harness.report.machine_runs import Machine
from harness.report.order import measured_first
from harness.report.section import Section

_LONGEST: Final = 300
_QUESTIONS: Final = (
    growth,
    break_even,
    budget,
    hardware,
    pareto,
    quality,
    throughput,
    memory,
    energy,
)
"""Each answers for one machine, or says nothing."""


def report_page(machines: Sequence[Machine], *, title: str, wishes: Wishes | None = None) -> str:
    """Write the page of what was measured on some machines.

    Args:
        machines: The first one is what the others are held against.
        title: Of the page.
        wishes: What its reader asked for; the usual where nothing was.
    """
    found = [histograms(machine) for machine in machines[:1]]
    content = Content(
        title=plain_text(title, longest=_LONGEST),
        where=tuple(map(where, machines)),
        sections=_all_sections([ask(one, wishes or Wishes()) for one in machines], found),
        conditions=conditions(machines),
        records=tuple((machine.name, machine.records) for machine in machines),
        distributions=_by_place(machines, found),
        made="Made by scalecurve from run files; needs no network.",
    )
    return render(content)


def figures(machines: Sequence[Machine], wishes: Wishes | None = None) -> tuple[Figure, ...]:
    """Return every figure of the page of these machines."""
    found = [histograms(machine) for machine in machines[:1]]
    sections = _all_sections([ask(one, wishes or Wishes()) for one in machines], found)
    return tuple(figure for section in sections for figure in section.figures)


def where(machine: Machine) -> str:
    """Say on which machine, and when, everything was measured, on one line."""
    dates = sorted({one.run.header.started_at[:10] for one in machine.runs})
    days = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    host = machine.environment.host
    return plain_text(
        f"{machine.name} · host {host} · {days} · {count(len(machine.records))} cases",
        longest=_LONGEST,
    )


def _all_sections(
    asked: Sequence[Asked], found: Sequence[Mapping[str, Histogram]]
) -> tuple[Section, ...]:
    machines = [one.machine for one in asked]
    sections = [_of_machine(one, place, len(asked)) for place, one in enumerate(asked)]
    drawn = [distribution(machine, one) for machine, one in zip(machines, found, strict=False)]
    pairs = (across(machines[0], other, place) for place, other in enumerate(machines[1:], start=2))
    turns = (
        one for place, machine in enumerate(machines, start=1) for one in sides(machine, place)
    )
    return (
        *turns,
        *pairs,
        *(one for group in sections for one in group),
        *(one for one in drawn if one),
    )


def _of_machine(asked: Asked, place: int, of: int) -> list[Section]:
    """Answer every question for one machine; of several, each bears the machine's name."""
    found = [section for question in _QUESTIONS if (section := question(asked))]
    if of == 1:
        return found
    return [_named(section, asked.machine.name, place) for section in found]


def _named(section: Section, name: str, place: int) -> Section:
    figures = (
        replace(figure, name=f"{figure.name}-{place + 1}", title=f"{figure.title}: {name}")
        for figure in section.figures
    )
    return replace(
        section,
        key=f"{section.key}-{place + 1}",
        question=f"{section.question} ({name})",
        figures=tuple(figures),
    )


def _by_place(
    machines: Sequence[Machine], found: Sequence[Mapping[str, Histogram]]
) -> dict[int, Mapping[str, Any]]:
    """Find each histogram's record by its place in the table of records."""
    places: dict[int, Mapping[str, Any]] = {}
    place = 0
    for number, machine in enumerate(machines):
        of_machine = found[number] if number < len(found) else {}
        for record in measured_first(machine.records):
            if record.case.id in of_machine:
                places[place] = compact(of_machine[record.case.id])
            place += 1
    return places
