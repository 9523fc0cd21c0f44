"""Run files to runs. Any text may stand in a file: it is checked, bounded, never evaluated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import chain
from pathlib import Path

from harness.core.errors import StoreError
from harness.core.run import SCHEMA_VERSION, Run, RunEnd, RunHeader
from harness.core.trial import Trial
from harness.store.line import Line, decode_line, decode_older_line
from harness.store.migrate import MIGRATIONS, Migrations, is_readable
from harness.store.opening import readable_version
from harness.store.stream import LIMITS, Limits, Loader, is_run_name, lines


def read_run(
    path: Path,
    *,
    limits: Limits = LIMITS,
    migrations: Migrations = MIGRATIONS,
    load: Loader = import_module,
) -> Run:
    """Read one run, finished or not, plain or compressed, of any schema version so far.

    A last line without its newline that is no whole line was torn by a crash: what stands before
    it is read, and `Run.torn` says so.

    Raises:
        StoreError: the file cannot be read, is not a run file, or was made by a newer version;
            the message names the file and the line.
    """
    reading = _Reading(path, migrations)
    for number, data in enumerate(lines(path, limits=limits, load=load), start=1):
        reading.take(number, data)
    return reading.finish()


def find_runs(paths: Iterable[Path]) -> list[Path]:
    """List run files: files as they are named, folders by all run files below them, sorted.

    Raises:
        StoreError: a path does not exist, or a folder has no run file.
    """
    found = chain.from_iterable(_runs_at(path) for path in paths)
    return list(dict.fromkeys(found))


def _runs_at(path: Path) -> list[Path]:
    if not path.exists():
        raise StoreError(f"{path}: no such file or folder")
    if not path.is_dir():
        return [path]
    runs = sorted(file for file in path.rglob("*.jsonl*") if is_run_name(file) and file.is_file())
    if not runs:
        raise StoreError(f"{path}: no run file in this folder")
    return runs


@dataclass(slots=True)
class _Reading:
    """What has been read of one file so far."""

    path: Path
    migrations: Migrations
    version: int = SCHEMA_VERSION
    header: RunHeader | None = None
    case_ids: frozenset[str] = frozenset()
    trials: list[Trial] = field(default_factory=list)
    end: RunEnd | None = None
    torn: str = ""

    def take(self, number: int, data: bytes) -> None:
        """Read one more line."""
        if number == 1:
            self.version = readable_version(self.path, data)
        try:
            line = self._decode(data)
            self._place(line)
        except ValueError as error:
            if data.endswith(b"\n"):
                raise StoreError(f"{self.path}:{number}: {error}") from error
            if self.header is None:
                raise StoreError(
                    f"{self.path}:{number}: no whole header: not a run file, or one that ended "
                    "before its first trial"
                ) from error
            self.torn = f"line {number} was torn after {len(data)} bytes"

    def finish(self) -> Run:
        """Make the run."""
        if self.header is None:
            raise StoreError(f"{self.path}: empty: the run ended before its first trial")
        return Run(
            path=str(self.path),
            header=replace(self.header, schema_version=SCHEMA_VERSION),
            trials=tuple(self.trials),
            end=self.end,
            torn=self.torn,
        )

    def _decode(self, data: bytes) -> Line:
        if is_readable(self.version, self.migrations):
            return decode_line(data)
        return decode_older_line(data, self.version, self.migrations)

    def _place(self, line: Line) -> None:
        if (self.header is None) != (line.header is not None):
            raise ValueError("expected the header in the first line, and nowhere else")
        if self.end is not None:
            raise ValueError("a line after the end of the run")
        if line.header is not None:
            self.header = line.header
            self.case_ids = frozenset(case.id for case in line.header.cases)
        elif line.trial is not None:
            if line.trial.case_id not in self.case_ids:
                raise ValueError(
                    f"a trial of case {line.trial.case_id!r}, which is not in the header"
                )
            self.trials.append(line.trial)
        else:
            self.end = line.end
