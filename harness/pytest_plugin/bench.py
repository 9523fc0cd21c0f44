"""Measures what tests ask for, together where it can, by the same machinery as `scalecurve run`."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from harness.analyse.records import records
from harness.core.case import Case
from harness.core.record import Record
from harness.core.run import Run
from harness.pytest_plugin.asked import Asked, Conditions, merged
from harness.pytest_plugin.replay import samples_s
from harness.report.progress import Display, Progress
from harness.run.expand import control
from harness.run.plan import Plan
from harness.run.session import Listener
from harness.run.start import Places, measure
from harness.store.read import read_run

_ONCE: Final[Mapping[str, object]] = {
    "rounds": 1,
    "seconds": 0.01,
    "control": False,
    "memory": False,
}
"""Enough to build a case, verify it and run it; no figure of such a run is ever shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a run left of one case."""

    record: Record
    samples_s: tuple[float, ...]
    """As experienced, in seconds; empty where there are none."""
    run: Run


class ClosingListener(Listener, Protocol):
    """Shows how far a run has come, until it is closed."""

    def close(self) -> None:
        """Leave the display as it stands."""
        ...


def on_stderr() -> ClosingListener:
    """Show progress where pytest does not look."""
    return Display(sys.stderr)


def silent() -> ClosingListener:
    """Show nothing, as `pytest -q` asks for."""
    return Progress(None, sys.stderr)


@dataclass(slots=True, kw_only=True)
class Bench:
    """What has been measured in this session."""

    places: Places
    command: tuple[str, ...]
    listen: Callable[[], ClosingListener] = on_stderr
    runs: list[Run] = field(default_factory=list)
    """In the order measured."""
    found: dict[tuple[str, Conditions], Measured] = field(default_factory=dict)
    """By case id and conditions; of several runs the last."""

    def of(self, asked: Asked) -> Measured:
        """Return what was measured of a case; measure it now, alone, where it was not foreseen."""
        self.measure([asked])
        return self.found[asked.case.id, asked.conditions]

    def measure(self, wanted: Iterable[Asked]) -> None:
        """Measure what has not been measured: one run for all that ask for the same conditions."""
        self.measure_again(one for one in wanted if (one.case.id, one.conditions) not in self.found)

    def measure_again(self, wanted: Iterable[Asked]) -> list[Run]:
        """Measure all of these, also what has been measured before; return the runs."""
        groups: dict[Conditions, list[Asked]] = {}
        for one in wanted:
            groups.setdefault(one.conditions, []).append(one)
        fresh = [self._measure_group(group) for group in groups.values()]
        self.runs += fresh
        return fresh

    def once(self, asked: Asked) -> Measured:
        """Build, verify and run a case, and throw its figures away."""
        plan = replace(asked.plan, **_ONCE)  # type: ignore[arg-type]  # fields of a plan
        with tempfile.TemporaryDirectory(prefix="scalecurve-once-") as name:
            places = replace(self.places, out=Path(name), state=Path(name))
            run = _run((asked.case,), plan, self.command, places, silent)
        return Measured(record=records(run)[0], samples_s=(), run=run)

    def _measure_group(self, group: list[Asked]) -> Run:
        plan = merged(list(dict.fromkeys(one.plan for one in group)))
        cases = tuple({one.case.id: one.case for one in group}.values())
        if plan.control:
            cases = (*cases, control(cases))
        run = _run(cases, plan, self.command, self.places, self.listen)
        for record in records(run):
            key = record.case.id, group[0].conditions
            samples = samples_s(run, record.case)
            self.found[key] = Measured(record=record, samples_s=samples, run=run)
        return run


def _run(
    cases: tuple[Case, ...],
    plan: Plan,
    command: tuple[str, ...],
    places: Places,
    listen: Callable[[], ClosingListener],
) -> Run:
    with closing(listen()) as listener:
        return read_run(measure(cases, plan, command, places, listener))
