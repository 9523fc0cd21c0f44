"""Runs to run files: a line at a time, on the disk before the next trial starts."""

from __future__ import annotations

import errno
import mmap
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.core.errors import StoreError
from harness.core.run import SCHEMA_VERSION, Run, RunEnd, RunHeader
from harness.core.trial import Trial
from harness.store.line import Line, encode_line, opening_version
from harness.store.lock import try_lock
from harness.store.migrate import MIGRATIONS, Migrations
from harness.store.read import read_run


@dataclass(slots=True)
class RunWriter:
    """The only writer of one run file; a context manager that lets go of it."""

    path: Path
    descriptor: int
    """Of the open file, at its end; -1 once closed."""

    @classmethod
    def create(cls, folder: Path, header: RunHeader) -> RunWriter:
        """Start a new file in `folder`, named after the header; the folder is made if missing.

        Raises:
            StoreError: the folder cannot be written, the disk is full, or the file exists.
        """
        path = folder / run_name(header)
        line = _encoded(path, Line(header=header))
        with _translated(path):
            folder.mkdir(parents=True, exist_ok=True)
            writer = cls(path, os.open(path, _CREATE, 0o666))
        try:
            writer._lock()
            writer._append(line)
        except StoreError:
            writer.close()
            path.unlink(missing_ok=True)
            raise
        _sync_folder(folder)
        return writer

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
        with _translated(path):
            writer = cls(path, os.open(path, _REOPEN))
        try:
            writer._lock()
            run = read_run(path, migrations=migrations)
            _require_resumable(run)
            writer._mend(run)
        except StoreError:
            writer.close()
            raise
        return writer, run

    def append_trial(self, trial: Trial) -> None:
        """Write one trial; it is on the disk when this returns.

        Raises:
            StoreError: it could not be written; the file then ends with the line before.
        """
        self._append(_encoded(self.path, Line(trial=trial)))

    def finish(self, end: RunEnd) -> None:
        """Write the last line and let go of the file; it never changes again.

        Raises:
            StoreError: it could not be written.
        """
        self._append(_encoded(self.path, Line(end=end)))
        self.close()

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _lock(self) -> None:
        if not try_lock(self.descriptor):
            raise StoreError(f"{self.path}: another process is writing this run")

    def _append(self, line: bytes) -> None:
        """Write a whole line, or leave the file as it was."""
        if self.descriptor < 0:
            raise StoreError(f"{self.path}: this run is finished, or its writer was closed")
        with _translated(self.path):
            whole = os.lseek(self.descriptor, 0, os.SEEK_END)
            try:
                _write_all(self.descriptor, line)
                os.fsync(self.descriptor)
            except OSError:
                with suppress(OSError):  # a torn last line is cut off by whoever resumes
                    _cut(self.descriptor, whole)
                raise

    def _mend(self, run: Run) -> None:
        """Cut off a torn last line, or end one that lacks nothing but its newline."""
        with _translated(self.path):
            with mmap.mmap(self.descriptor, 0, access=mmap.ACCESS_READ) as content:
                size = len(content)
                whole = content.rfind(b"\n") + 1
            if run.torn:
                _cut(self.descriptor, whole)
            elif whole < size:
                self._append(b"\n")


def require_writable(folder: Path) -> None:
    """Make the folder, and find out whether a file can be written in it, before any work is done.

    Raises:
        StoreError: it cannot.
    """
    trial = folder / f".{os.getpid()}.tmp"
    with _translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
        trial.write_bytes(b"")
        trial.unlink()


def run_name(header: RunHeader) -> str:
    """Name a run's file `<started>-<host>-<short id>.jsonl`, safe on every file system."""
    started = re.sub(r"[^0-9TZ]", "", header.started_at.split(".")[0].split("+")[0]) or "undated"
    host = re.sub(r"[^A-Za-z0-9]+", "-", header.environment.host).strip("-")[:40] or "host"
    short = re.sub(r"[^A-Za-z0-9]", "", header.run_id)[:8] or "run"
    return f"{started}-{host}-{short}.jsonl"


_BINARY = getattr(os, "O_BINARY", 0)
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY
_REOPEN = os.O_RDWR | _BINARY


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


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _cut(descriptor: int, length: int) -> None:
    os.ftruncate(descriptor, length)
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """Put the new name itself on the disk, where the platform can open folders."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some file systems cannot; the file itself is safe
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "; free some space, then resume the run" if error.errno in _FULL else ""
        name = errno.errorcode.get(error.errno or 0, "")
        raise StoreError(f"{path}: cannot be written: {error.strerror} ({name}){hint}") from error


_FULL = (errno.ENOSPC, errno.EDQUOT)
