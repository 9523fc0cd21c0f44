"""Runs by machine: whatever shares the hard keys is one machine, and its newest record counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.core.peaks import Peaks
from harness.core.record import Record
from harness.core.run import Environment, Run
from harness.core.trial import Status
from harness.report.format import plain_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A run, and what it comes to."""

    run: Run
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """All that was measured on one machine."""

    name: str
    """Unlike every other machine's on the page."""
    runs: tuple[Measured, ...]
    """The oldest first."""
    records: tuple[Record, ...]
    """One a case: of several runs the newest that completed it."""
    peaks: tuple[Peaks, ...] = ()
    """What it can do at best, where that was measured."""

    @property
    def environment(self) -> Environment:
        """As the newest run found it."""
        return self.runs[-1].run.header.environment


def machines(runs: Iterable[Measured]) -> tuple[Machine, ...]:
    """Group runs by the hard keys of their machine, in the order of their first run."""
    groups: dict[tuple[tuple[str, str], ...], list[Measured]] = {}
    for one in sorted(runs, key=lambda one: one.run.header.started_at):
        keys = one.run.header.environment.hard_keys
        groups.setdefault(tuple(sorted(keys.items())), []).append(one)
    names = _names([dict(keys) for keys in groups])
    return tuple(
        Machine(name=name, runs=tuple(found), records=_newest(found))
        for name, found in zip(names, groups.values(), strict=True)
    )


def _newest(runs: Sequence[Measured]) -> tuple[Record, ...]:
    kept: dict[str, Record] = {}
    for one in runs:
        for record in one.records:
            before = kept.get(record.case.id)
            keeps = before is not None and before.outcome.status is Status.COMPLETED
            if not keeps or record.outcome.status is Status.COMPLETED:
                kept[record.case.id] = record
    return tuple(kept.values())


def _names(keys: Sequence[dict[str, str]]) -> list[str]:
    """Name each machine by its processor and cores, and by what else tells it from the others."""
    differing = sorted({name for one in keys for name in one if _differs(name, keys)})
    first = ("gpus", "cpu_model", "cores_available")
    return [
        plain_text(
            ", ".join(
                _said(name, one[name])
                for name in (*first, *(name for name in differing if name not in first))
                if _is_worth_saying(name, one)
            )
            or f"machine {number}"
        )
        for number, one in enumerate(keys, start=1)
    ]


def _is_worth_saying(name: str, keys: dict[str, str]) -> bool:
    return name in keys and (name, keys[name]) != ("gpus", "none")


def _differs(name: str, keys: Sequence[dict[str, str]]) -> bool:
    return len({one.get(name) for one in keys}) > 1


def _said(name: str, value: str) -> str:
    """Write one key so that it is understood alone.

    >>> _said("cpu_model", "AMD EPYC"), _said("cores_available", "1"), _said("smt", "off")
    ('AMD EPYC', '1 core', 'smt off')
    """
    if name == "cores_available":
        return f"{value} core" if value == "1" else f"{value} cores"
    if name in {"cpu_model", "gpus"}:
        return value
    return f"{value} GiB" if name == "memory_gib" else f"{name} {value}"
