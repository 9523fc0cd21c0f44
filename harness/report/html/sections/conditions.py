"""What was run and where: runs, machines, effective settings, and what was skipped and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from harness.analyse.control import control_check
from harness.core.record import Record
from harness.core.run import Environment, Run
from harness.core.trial import Status
from harness.report.columns import options
from harness.report.format import count, plain_text, quantity
from harness.report.inputs import inputs_line
from harness.report.machine_runs import Machine, Measured
from harness.report.section import Section
from harness.report.table import Table

_LONGEST: Final = 400


def conditions(machines: Sequence[Machine]) -> Section:
    """Describe everything that the numbers rest on."""
    records = [record for machine in machines for record in machine.records]
    inputs = inputs_line(record.case.model for record in records)
    tables = (_runs(machines), _facts(machines), _settings(machines), _not_measured(machines))
    return Section(
        key="conditions",
        question="What was run, and where?",
        answers=(_total(machines, records), *_controls(machines)),
        details=(inputs,) if inputs else (),
        tables=tuple(table for table in tables if table.rows),
    )


def _total(machines: Sequence[Machine], records: Sequence[Record]) -> str:
    """Count the cases by how they ended."""
    found = Counter(str(record.outcome.status) for record in records)
    ended = ", ".join(f"{count(found[status])} {status}" for status in map(str, Status))
    runs = sum(len(machine.runs) for machine in machines)
    return (
        f"{_counted(len(records), 'case')} in {_counted(runs, 'run')} "
        f"on {_counted(len(machines), 'machine')}: {ended}."
    )


def _counted(number: int, noun: str) -> str:
    """Write a number with its noun.

    >>> _counted(1, "run"), _counted(2, "run")
    ('1 run', '2 runs')
    """
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


def _controls(machines: Sequence[Machine]) -> Iterator[str]:
    """Say of each run whether the case that was measured twice agrees with itself."""
    for machine in machines:
        for one in machine.runs:
            sentence = plain_text(control_check(one.records).sentence, longest=_LONGEST)
            yield f"Control of {_name(one.run)}: {sentence}"


def _name(run: Run) -> str:
    return plain_text(Path(run.path).name)


def _runs(machines: Sequence[Machine]) -> Table:
    headings = ("run", "machine", "started", "finished", "rounds", "cases", "commit", "command")
    found = [(machine, one) for machine in machines for one in machine.runs]
    return Table(
        title="Runs",
        headings=headings,
        rows=tuple(_run(machine, one) for machine, one in found),
        flush_right=tuple(heading in {"rounds", "cases"} for heading in headings),
        notes=tuple(
            f"{_name(one.run)}: {plain_text(one.run.torn, longest=_LONGEST)}"
            for _, one in found
            if one.run.torn
        ),
    )


def _run(machine: Machine, one: Measured) -> tuple[str, ...]:
    header = one.run.header
    source = header.environment.source
    changes = " with changes" if source.get("dirty") == "yes" else ""
    return (
        _name(one.run),
        machine.name,
        plain_text(header.started_at[:16]),
        plain_text(one.run.end.finished_at[:16]) if one.run.end else "did not end",
        count(header.rounds),
        count(len(header.cases)),
        plain_text(f"{source.get('commit', '')[:12]}{changes}"),
        plain_text(" ".join(header.command), longest=_LONGEST),
    )


def _facts(machines: Sequence[Machine]) -> Table:
    """Give every fact of every machine, as its newest run found it."""
    found = [dict(_facts_of(machine.environment)) for machine in machines]
    names = dict.fromkeys(name for facts in found for name in facts)
    return Table(
        title="Machines and software, as the newest run on each found them",
        headings=("fact", *(machine.name for machine in machines)),
        rows=tuple((name, *(facts.get(name, "not known") for facts in found)) for name in names),
        flush_right=(False,) * (1 + len(machines)),
    )


def _facts_of(environment: Environment) -> Iterator[tuple[str, str]]:
    yield "host", plain_text(environment.host)
    yield "memory", quantity(float(environment.memory_bytes), "B")
    for kind, facts in (("", environment.system), ("cpu ", environment.cpu)):
        yield from _shown(kind, facts)
    for place, gpu in enumerate(environment.gpus):
        yield from _shown(f"gpu {place} ", gpu)
    yield from _shown("", environment.versions)


def _shown(kind: str, facts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, fact in facts.items():
        if not name.startswith("energy_"):  # has a section of its own
            words = plain_text(name.replace("_", " "))
            yield f"{kind}{words}", plain_text(fact, longest=_LONGEST)


def _settings(machines: Sequence[Machine]) -> Table:
    """Give what the runtimes said of their settings, one column a backend and device."""
    found: dict[str, dict[str, dict[str, None]]] = {}
    for machine in machines:
        for record in machine.records:
            target = record.case.target
            column = plain_text(f"{target.backend} {target.device}")
            for name, setting in record.effective.items():
                found.setdefault(column, {}).setdefault(name, {}).setdefault(setting)
    names = dict.fromkeys(name for settings in found.values() for name in settings)
    return Table(
        title="Effective settings, read back from the runtimes",
        headings=("setting", *found),
        rows=tuple(
            (plain_text(name), *(_joined(settings.get(name, {})) for settings in found.values()))
            for name in names
        ),
        flush_right=(False,) * (1 + len(found)),
    )


def _joined(values: Mapping[str, None]) -> str:
    return plain_text(", ".join(values), longest=_LONGEST)


def _not_measured(machines: Sequence[Machine]) -> Table:
    """Count what was skipped and what failed, by target and reason."""
    found: Counter[tuple[str, ...]] = Counter()
    for machine in machines:
        for record in machine.records:
            reason = record.outcome.reason
            if record.outcome.status is not Status.COMPLETED and reason is not None:
                key = (str(record.outcome.status), machine.name, *_target(record))
                texts = (reason.detail, reason.hint)
                shown = (plain_text(text, longest=_LONGEST) for text in texts)
                found[(*key, str(reason.code), *shown)] += 1
    headings = ("cases", "outcome", "machine", "target", "options", "reason", "what", "what to do")
    return Table(
        title="What was not measured, and why",
        headings=headings,
        rows=tuple((count(number), *key) for key, number in found.items()),
        flush_right=tuple(heading == "cases" for heading in headings),
    )


def _target(record: Record) -> tuple[str, str]:
    target = record.case.target
    return plain_text(f"{target.backend} {target.device} {target.precision}"), options(record)
