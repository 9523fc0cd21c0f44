"""Measures what tests ask for, together where it can, by the same machinery as `scalecurve run`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from harness.analyse.baseline import CONFIRMATION
from harness.analyse.records import records
from harness.core.record import Record
from harness.core.run import Run
from harness.pytest_plugin.asked import Asked, Conditions, merged
from harness.pytest_plugin.replay import samples_s
from harness.report.progress import Display, Progress
from harness.run.expand import control
from harness.run.session import Listener
from harness.run.start import Places, measure
from harness.store.read import read_run
from model_zoo.own.locate import PATHS_VARIABLE

DEFAULT_FOLDER: Final = ".scalecurve"

_ONCE: Final[Mapping[str, object]] = {
    "rounds": 1,
    "seconds": 0.01,
    "control": False,
    "memory": False,
    "energy": False,
}
"""Enough to build a case, verify it and run it; no figure of such a run is ever shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a run left of one case."""

    asked: Asked
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
    import_root: Path
    """Where tests can import from, beside what is on the path."""
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
        new = [one for one in wanted if (one.case.id, one.conditions) not in self.found]
        for group in _alike(new):
            run = self._run(group, self.command)
            self.runs.append(run)
            found = {record.case.id: record for record in records(run)}
            for one in group:
                self.found[one.case.id, one.conditions] = Measured(
                    asked=one,
                    record=found[one.case.id],
                    samples_s=samples_s(run, one.case),
                    run=run,
                )

    def confirm(self, wanted: Iterable[Asked]) -> list[Run]:
        """Measure again what has been measured; return the fresh runs, which are no baseline."""
        fresh = [self._run(group, (*self.command, CONFIRMATION)) for group in _alike(wanted)]
        self.runs += fresh
        return fresh

    def once(self, asked: Asked) -> Measured:
        """Build, verify and run a case, and throw its figures away."""
        plan = replace(asked.plan, **_ONCE)  # type: ignore[arg-type]  # fields of a plan
        with tempfile.TemporaryDirectory(prefix="scalecurve-once-") as name:
            places = replace(self.places, out=Path(name), state=Path(name))
            with closing(silent()) as listener, importable(self.import_root):
                run = read_run(measure((asked.case,), plan, self.command, places, listener))
        return Measured(asked=asked, record=records(run)[0], samples_s=(), run=run)

    def _run(self, group: list[Asked], command: tuple[str, ...]) -> Run:
        plan = merged([one.plan for one in group])
        cases = tuple({one.case.id: one.case for one in group}.values())
        if plan.control:
            cases = (*cases, control(cases))
        _hide(self.places.out)
        with closing(self.listen()) as listener, importable(self.import_root):
            return read_run(measure(cases, plan, command, self.places, listener))


def _hide(folder: Path) -> None:
    """Keep the default folder out of git: a run must not make the tree dirty for the next one."""
    if folder.name == DEFAULT_FOLDER and not folder.exists():
        with suppress(OSError):  # the run itself says what is wrong with the folder
            folder.mkdir(parents=True)
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")


def _alike(wanted: Iterable[Asked]) -> list[list[Asked]]:
    """Group by the conditions that a run has once."""
    groups: dict[Conditions, list[Asked]] = {}
    for one in wanted:
        groups.setdefault(one.conditions, []).append(one)
    return list(groups.values())


@contextmanager
def importable(root: Path) -> Iterator[None]:
    """Let measuring processes import what tests can: the folders that pytest put on the path."""
    if os.environ.get(PATHS_VARIABLE):
        yield
        return
    installed = {"site-packages", "dist-packages", Path(os.__file__).parent.name}
    own = [path for path in sys.path if Path(path).is_dir() and not installed & {*Path(path).parts}]
    os.environ[PATHS_VARIABLE] = os.pathsep.join(dict.fromkeys([*own, str(root), str(Path.cwd())]))
    try:
        yield
    finally:
        del os.environ[PATHS_VARIABLE]
