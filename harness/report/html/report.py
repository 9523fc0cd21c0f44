"""From runs to a page: sections in the order in which people ask."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from harness.report.format import count, plain_text
from harness.report.html.page import Content, render
from harness.report.html.sections.conditions import conditions
from harness.report.html.sections.growth import growth
from harness.report.machine_runs import Machine, Measured, machines
from harness.report.section import Section

_LONGEST: Final = 300


def report_page(runs: Iterable[Measured], *, title: str) -> str:
    """Write the page of some runs, in any order."""
    found = machines(runs)
    content = Content(
        title=plain_text(title, longest=_LONGEST),
        where=tuple(_where(machine) for machine in found),
        sections=tuple(section for machine in found for section in _sections(machine)),
        conditions=conditions(found),
        records=tuple((machine.name, machine.records) for machine in found),
        made="Made by scalecurve from run files; needs no network.",
    )
    return render(content)


def _sections(machine: Machine) -> tuple[Section, ...]:
    return tuple(section for make in (growth,) if (section := make(machine)))


def _where(machine: Machine) -> str:
    dates = sorted({one.run.header.started_at[:10] for one in machine.runs})
    days = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    host = machine.environment.host
    return plain_text(
        f"{machine.name} · host {host} · {days} · {count(len(machine.records))} cases",
        longest=_LONGEST,
    )
