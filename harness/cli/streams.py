"""Standard output and error of a process whose reader may leave before it has written all."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO

from harness.core.errors import StoreError


class PatientStream(io.TextIOWrapper):
    """Text to a reader that may have enough: what it does not read is thrown away.

    So a command that is piped into `head` ends with its own exit code, and a run goes on measuring.
    """

    _failure = ""
    """What could not be written and was not said yet."""

    def write(self, text: str) -> int:
        """Write a text; to nowhere once the reader has left, or the disk is full."""
        try:
            return super().write(text)
        except OSError as error:
            self._let_go(error)
            return len(text)

    def flush(self) -> None:
        """Write what is held back; to nowhere once the reader has left.

        Raises:
            StoreError: it, or something before it, could not be written, as on a full disk. Only
                here, and once: whoever tries a stream out by writing nothing would swallow it.
        """
        try:
            super().flush()
        except OSError as error:
            self._let_go(error)
        failure, self._failure = self._failure, ""
        if failure:
            raise StoreError(failure)

    def _let_go(self, error: OSError) -> None:
        """Send everything from now on to nowhere: nobody may fail once more, even at the end."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if not isinstance(error, BrokenPipeError):
            self._failure = f"{self.name}: cannot be written: {error.strerror or error}"


def be_patient() -> None:
    """Let no reader that leaves end this process; for the whole process, from its start."""
    sys.stdout, sys.stderr = patient(sys.stdout), patient(sys.stderr)


def patient(stream: TextIO) -> TextIO:
    """Return a stream that writes to the same place; a closed one, or one of no file, as it is."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    return PatientStream(
        stream.buffer,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
