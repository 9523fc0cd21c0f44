"""Runs to run files: a line at a time, on the disk before the next trial starts."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import StoreError
from harness.core.run import SCHEMA_VERSION, Run, RunEnd, RunHeader
from harness.core.trial import Trial
from harness.store.appender import Appender, translated
from harness.store.line import Line, encode_line, opening_version
from harness.store.migrate import MIGRATIONS, Migrations
from harness.store.read import read_run


@dataclass(slots=True)
class RunWriter(Appender):
    """The only writer of one run file; a context manager that lets go of it."""

    @classmethod
    def create(cls, folder: Path, header: RunHeader) -> RunWriter:
        """Start a new file in `folder`, named after the header; the folder is made if missing.

        Raises:
            StoreError: the folder cannot be written, the disk is full, or the file exists.
        """
        path = folder / run_name(header)
        return cls.begin(path, _encoded(path, Line(header=header)))

    @classmethod
    def resume(cls, path: Path, migrations: Migrations = MIGRATIONS) -> tuple[RunWriter, Run]:
        """Go on with an unfinished file; a torn last line is cut off first.

        Raises:
            StoreError: the file is finished, compressed, of an older schema, not a run file, or
                another process writes it.
        """
        if path.is_dir():
            raise StoreError(f"{path}: a folder; name the run file that is to go on")
        if path.suffix != ".jsonl":
            raise StoreError(f"{path}: only plain .jsonl files can be resumed; unpack it first")
        if not path.exists():
            raise StoreError(f"{path}: no such file")
        writer = cls.reopen(path)
        try:
            run = read_run(path, migrations=migrations)
            _require_resumable(run)
            writer.mend(is_torn=bool(run.torn))
        except StoreError:
            writer.close()
            raise
        return writer, run

    def append_trial(self, trial: Trial) -> None:
        """Write one trial; it is on the disk when this returns.

        Raises:
            StoreError: it could not be written; the file then ends with the line before.
        """
        self.append(_encoded(self.path, Line(trial=trial)))

    def finish(self, end: RunEnd) -> None:
        """Write the last line and let go of the file; it never changes again.

        Raises:
            StoreError: it could not be written.
        """
        self.append(_encoded(self.path, Line(end=end)))
        self.close()


def require_writable(folder: Path) -> None:
    """Make the folder, and find out whether a file can be written in it, before any work is done.

    Raises:
        StoreError: it cannot.
    """
    trial = folder / f".{os.getpid()}.tmp"
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
        trial.write_bytes(b"")
        trial.unlink()


def run_name(header: RunHeader) -> str:
    """Name a run's file `<started>-<host>-<short id>.jsonl`, safe on every file system."""
    return f"{file_stem(header.started_at, header.environment.host, header.run_id)}.jsonl"


def file_stem(started_at: str, host: str, identity: str) -> str:
    """Name a file after when, where and which, without its ending."""
    moment = started_at.partition(".")[0].partition("+")[0]
    started = re.sub(r"[^0-9TZ]", "", moment) or "undated"
    place = re.sub(r"[^A-Za-z0-9]+", "-", host).strip("-")[:40] or "host"
    short = re.sub(r"[^A-Za-z0-9]", "", identity)[:8] or "run"
    return f"{started}-{place}-{short}"


def _encoded(path: Path, line: Line) -> bytes:
    try:
        return encode_line(line)
    except (ValueError, TypeError) as error:
        raise StoreError(f"{path}: what cannot be read back is not written: {error}") from error


def _require_resumable(run: Run) -> None:
    if run.end is not None:
        raise StoreError(f"{run.path}: this run is finished; nothing is left to resume")
    with Path(run.path).open("rb") as stream:
        version = opening_version(stream.readline())
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{run.path}: made with schema {version}; only schema {SCHEMA_VERSION} can be resumed"
        )
