"""What the cases start from: exported networks and references, made once, in another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import psutil

from harness.backends.registry import entry
from harness.core.case import Case
from harness.core.reason import Reason, ReasonCode
from model_zoo.export.artifact import Artifact
from model_zoo.export.cache import ArtifactCache
from model_zoo.solve import parameter_count


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that a case's worker loads from disk."""

    artifact: Artifact
    reference: str
    """Folder of the fp64 outputs; empty where the backend makes its own."""


Job = dict[str, Any]
_AT_ONCE: Final = 2
_RUNTIME_BYTES: Final = 1_000_000_000
_BYTES_A_PARAMETER: Final = 20
"""What an export process may need: torch, and the fp64 network while it is read from fp32."""
_TAIL: Final = 1_000
"""Bytes of the export process's errors that are shown."""


def gather(
    cases: Iterable[Case], root: Path, tell: Callable[[str], None]
) -> dict[str, Material | Reason]:
    """Find, or make, what each case starts from; by case id, the material or why there is none."""
    wanted = list(cases)
    cache = ArtifactCache(root)
    jobs = [job for case in wanted for job in _missing(case, cache)]
    unique = {_key(job): job for job in jobs}
    width = _width(wanted)
    failures = make(list(unique.values()), root, tell, width=width) if unique else {}
    return {case.id: _material(case, cache, failures) for case in wanted}


def _width(cases: list[Case]) -> int:
    """Choose how many export processes run at once: two, where the largest network fits twice."""
    largest = max((parameter_count(case.model) for case in cases), default=0)
    room = psutil.virtual_memory().available // 2
    fitting = room // (_RUNTIME_BYTES + _BYTES_A_PARAMETER * largest)
    return max(1, min(_AT_ONCE, os.cpu_count() or 1, fitting))


def _jobs(case: Case) -> tuple[Job, Job]:
    """Return the two things a case needs: an artifact and a reference."""
    spec = dict(case.model.as_record())
    kind = entry(case.target.backend).artifact_format
    return (
        {"spec": spec, "format": kind, "precision": str(case.target.precision)},
        {"spec": spec, "reference": case.batch_size},
    )


def _find(case: Case, cache: ArtifactCache) -> tuple[Artifact | None, str | None]:
    kind = entry(case.target.backend).artifact_format
    if not kind:
        return _no_artifact(case), ""
    artifact = cache.get(case.model, kind, str(case.target.precision))
    reference = cache.reference(case.model, case.batch_size)
    return artifact, reference.folder if reference else None


def _no_artifact(case: Case) -> Artifact:
    """Stand in for a file where a backend needs none."""
    return Artifact(
        spec=case.model,
        format="",
        precision=str(case.target.precision),
        folder="",
        main="",
        parameter_count=0,
        bytes=0,
        digest="",
        exporter="",
        exporter_version="",
    )


def _missing(case: Case, cache: ArtifactCache) -> list[Job]:
    found = _find(case, cache)
    return [job for job, thing in zip(_jobs(case), found, strict=True) if thing is None]


def _material(case: Case, cache: ArtifactCache, failures: dict[str, str]) -> Material | Reason:
    artifact, reference = _find(case, cache)
    if artifact is not None and reference is not None:
        return Material(artifact=artifact, reference=reference)
    said = next((failures[key] for job in _jobs(case) if (key := _key(job)) in failures), "")
    detail = said or "the export process left without an answer"
    return Reason(code=ReasonCode.ARTIFACT_FAILED, detail=detail)


def _key(job: Job) -> str:
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
    jobs: list[Job],
    root: Path,
    tell: Callable[[str], None],
    start: Start | None = None,
    *,
    width: int = 1,
) -> dict[str, str]:
    """Have every job done in other processes, `width` at once; return what failed, and why.

    A job that takes its process down with it fails, and the others go on in a new one.
    """
    tell(f"making {len(jobs)} exported networks and references, once, in {root}")
    parts = [part for first in range(width) if (part := jobs[first::width])]
    failures: dict[str, str] = {}
    while parts:
        running = [(part, (start or ExportProcess)(part, root)) for part in parts]
        parts = []
        try:
            for part, process in running:
                failed, left = _outcome(part, *process.finish())
                failures |= failed
                parts += [left] if left else []
        finally:
            for _, process in running:
                process.kill()
    return failures


def _outcome(
    jobs: list[Job], answered: list[dict[str, Any]], end: str
) -> tuple[dict[str, str], list[Job]]:
    """Return the jobs that failed and why, and those that are left."""
    failed = {_key(answer["job"]): answer["error"] for answer in answered if "error" in answer}
    left = jobs[len(answered) :]
    if left:
        failed[_key(left[0])] = end
    return failed, left[1:]


class ExportProcess:
    """Another interpreter that has torch, so that this one need not import it."""

    def __init__(self, jobs: list[Job], root: Path) -> None:
        """Start it on its jobs."""
        self._answers = tempfile.TemporaryFile()  # noqa: SIM115 - closed at its end
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed at its end
        with tempfile.TemporaryFile() as asked:
            asked.write(json.dumps(jobs).encode())
            asked.seek(0)
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [
                    *(sys.executable, "-P", "-m", "model_zoo.export.make", "--cache", str(root)),
                    *("--parent", str(os.getpid())),
                ],
                stdin=asked,
                stdout=self._answers,
                stderr=self._errors,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )

    def finish(self) -> tuple[list[dict[str, Any]], str]:
        """Wait for its end; return its answers, and how it ended."""
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
