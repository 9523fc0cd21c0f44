"""The processes that make what cases start from, so that this one never imports torch."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from harness.run.endings import has_ended
from harness.run.interpreter import OWN, Interpreter

Job = dict[str, Any]
"""What `model_zoo.export.make` takes."""

_STALLED_S: Final = 1_800.0
"""Without one more answer in this time, the job that a process is at hangs."""
_TAIL: Final = 1_000
"""Bytes of the export process's errors that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a job: a folder, or an error."""

    folder: str = ""
    error: str = ""
    kind: str = ""
    """Name of the exception behind the error; empty where the process died."""


def key_of(job: Job) -> str:
    """Return a text that two equal jobs share."""
    return json.dumps(job, sort_keys=True)


Start = Callable[[list[Job], Path], "Export"]


class Export(Protocol):
    """A process that makes artifacts, one job after another."""

    def finish(self) -> tuple[list[dict[str, Any]], str]:
        """Wait for its end; return its answers, one a job that it came to, and how it ended."""
        ...

    def kill(self) -> None:
        """End it at once; what it has made is whole."""
        ...


def make(
    jobs: list[Job], root: Path, start: Start | None = None, *, width: int = 1
) -> dict[str, Answer]:
    """Have every job done in other processes, `width` at once; return its answer by its key.

    A job that takes its process down with it fails, and the others go on in a new one.
    """
    parts = [part for first in range(width) if (part := jobs[first::width])]
    answers: dict[str, Answer] = {}
    while parts:
        running = [(part, (start or ExportProcess)(part, root)) for part in parts]
        parts = []
        try:
            for part, process in running:
                given, left = _outcome(part, *process.finish())
                answers |= given
                parts += [left] if left else []
        finally:
            for _, process in running:
                process.kill()
    return answers


def _outcome(
    jobs: list[Job], answered: list[dict[str, Any]], end: str
) -> tuple[dict[str, Answer], list[Job]]:
    """Return the answers by their jobs' keys, and the jobs that are left."""
    given = {
        key_of(answer["job"]): Answer(
            folder=answer.get("folder", ""),
            error=answer.get("error", ""),
            kind=answer.get("kind", ""),
        )
        for answer in answered
    }
    left = jobs[len(answered) :]
    if left:
        given[key_of(left[0])] = Answer(error=end)
    return given, left[1:]


class ExportProcess:
    """Another interpreter that has torch, so that this one need not import it."""

    def __init__(self, jobs: list[Job], root: Path, interpreter: Interpreter = OWN) -> None:
        """Start it on its jobs."""
        self._answers = tempfile.TemporaryFile()  # noqa: SIM115 - closed at its end
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed at its end
        with tempfile.TemporaryFile() as asked:
            asked.write(json.dumps(jobs).encode())
            asked.seek(0)
            self._process = subprocess.Popen(  # noqa: S603 - our own, or one that the user named
                [
                    *(interpreter.executable, "-P", "-m", "model_zoo.export.make"),
                    *("--cache", str(root), "--parent", str(os.getpid())),
                ],
                stdin=asked,
                stdout=self._answers,
                stderr=self._errors,
                env={**interpreter.paths(), "OMP_NUM_THREADS": "1"},
            )

    def finish(self, stalled_s: float = _STALLED_S) -> tuple[list[dict[str, Any]], str]:
        """Wait for its end, which is now where it hangs; return its answers, and how it ended."""
        seen = -1
        while not has_ended(self._process, stalled_s):
            size = os.fstat(self._answers.fileno()).st_size
            if size == seen:
                self._process.kill()
            seen = size
        code = self._process.wait()
        with self._answers, self._errors:
            self._answers.seek(0)
            answers = [json.loads(line) for line in self._answers if line.endswith(b"\n")]
            self._errors.seek(max(0, self._errors.seek(0, os.SEEK_END) - _TAIL))
            tail = self._errors.read().decode(errors="replace").strip()
        return answers, f"the export process ended with status {code}: {tail}"

    def kill(self) -> None:
        """End it at once."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._answers.close()
        self._errors.close()
