"""Files of lines: one writer, and every line on the disk before the next thing starts."""

from __future__ import annotations

import errno
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.core.errors import StoreError
from harness.store.lock import try_lock


@dataclass(slots=True)
class Appender:
    """The only writer of one file; a context manager that lets go of it."""

    path: Path
    descriptor: int
    """Of the open file, at its end; -1 once closed."""

    @classmethod
    def begin(cls, path: Path, line: bytes) -> Self:
        """Start a new file with its first line; the folder is made if missing.

        Raises:
            StoreError: the folder cannot be written, the disk is full, or the file exists.
        """
        with translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = cls(path, os.open(path, _CREATE, 0o666))
        try:
            writer.lock()
            writer.append(line)
        except StoreError:
            writer.close()
            path.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
        return writer

    @classmethod
    def reopen(cls, path: Path) -> Self:
        """Take a file that is there.

        Raises:
            StoreError: it cannot be written, or another process writes it.
        """
        with translated(path):
            writer = cls(path, os.open(path, _REOPEN))
        try:
            writer.lock()
        except StoreError:
            writer.close()
            raise
        return writer

    def lock(self) -> None:
        """Be the only writer.

        Raises:
            StoreError: another process is.
        """
        if not try_lock(self.descriptor):
            raise StoreError(f"{self.path}: another process is writing this run")

    def append(self, line: bytes) -> None:
        """Write a whole line, or leave the file as it was.

        Raises:
            StoreError: it could not be written, or the writer was closed.
        """
        if self.descriptor < 0:
            raise StoreError(f"{self.path}: this run is finished, or its writer was closed")
        with translated(self.path):
            whole = os.lseek(self.descriptor, 0, os.SEEK_END)
            try:
                _write_all(self.descriptor, line)
                os.fsync(self.descriptor)
            except OSError:
                with suppress(OSError):  # a torn last line is cut off by whoever resumes
                    _cut(self.descriptor, whole)
                raise

    def mend(self, *, is_torn: bool) -> None:
        """Cut off a torn last line, or end one that lacks nothing but its newline.

        Raises:
            StoreError: the file cannot be written.
        """
        with translated(self.path):
            with mmap.mmap(self.descriptor, 0, access=mmap.ACCESS_READ) as content:
                size = len(content)
                whole = content.rfind(b"\n") + 1
            if is_torn:
                _cut(self.descriptor, whole)
            elif whole < size:
                self.append(b"\n")

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


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what the operating system says about a file into an error that names it.

    Raises:
        StoreError: the file cannot be written.
    """
    try:
        yield
    except OSError as error:
        hint = "; free some space, then resume the run" if error.errno in _FULL else ""
        name = errno.errorcode.get(error.errno or 0, "")
        raise StoreError(f"{path}: cannot be written: {error.strerror} ({name}){hint}") from error


_BINARY = getattr(os, "O_BINARY", 0)
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | _BINARY
_REOPEN = os.O_RDWR | _BINARY
_FULL = (errno.ENOSPC, errno.EDQUOT)


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
