"""What the cases start from: exported networks and references, made once, in another process."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harness.backends.registry import entry
from harness.core.case import Case
from harness.core.reason import Reason, ReasonCode
from model_zoo.export.artifact import Artifact
from model_zoo.export.cache import ArtifactCache


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that a case's worker loads from disk."""

    artifact: Artifact
    reference: str
    """Folder of the fp64 outputs; empty where the backend makes its own."""


Job = dict[str, Any]
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
    failures = make(list(unique.values()), root, tell) if unique else {}
    return {case.id: _material(case, cache, failures) for case in wanted}


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


Export = Callable[[list[Job], Path], tuple[list[dict[str, Any]], str]]


def make(
    jobs: list[Job], root: Path, tell: Callable[[str], None], export: Export | None = None
) -> dict[str, str]:
    """Have every job done in another process; return what failed and why, by job.

    A job that takes its process down with it fails, and the others go on in a new one.
    """
    tell(f"making {len(jobs)} exported networks and references, once, in {root}")
    failures: dict[str, str] = {}
    left = jobs
    while left:
        answered, end = (export or _export)(left, root)
        failures |= {
            _key(answer["job"]): answer["error"] for answer in answered if "error" in answer
        }
        left = left[len(answered) :]
        if left:
            failures[_key(left[0])] = end
            left = left[1:]
    return failures


def _export(jobs: list[Job], root: Path) -> tuple[list[dict[str, Any]], str]:
    """Run one export process; return its answers, and how it ended."""
    command = [sys.executable, "-P", "-m", "model_zoo.export.make", "--cache", str(root)]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.run(  # noqa: S603 - our own interpreter
            command,
            input=json.dumps(jobs).encode(),
            stdout=subprocess.PIPE,
            stderr=errors,
            check=False,
        )
        errors.seek(0, 2)
        errors.seek(max(0, errors.tell() - _TAIL))
        tail = errors.read().decode(errors="replace").strip()
    answers = [json.loads(line) for line in process.stdout.splitlines()]
    return answers, f"the export process ended with status {process.returncode}: {tail}"
