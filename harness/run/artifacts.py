"""What the cases start from: exported networks and references, made once, in another process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

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


def gather(
    cases: Iterable[Case], root: Path, tell: Callable[[str], None]
) -> dict[str, Material | Reason]:
    """Find, or make, what each case starts from; by case id, the material or why there is none."""
    wanted = list(cases)
    cache = ArtifactCache(root)
    jobs = [job for case in wanted for job in _missing(case, cache)]
    unique = {json.dumps(job, sort_keys=True): job for job in jobs}
    failures = _make(list(unique.values()), root, tell) if unique else {}
    return {case.id: _material(case, cache, failures) for case in wanted}


def _jobs(case: Case) -> tuple[Job, Job]:
    """Return the two things a case needs: an artifact and a reference."""
    spec = asdict(case.model)
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
    return artifact, str(reference.folder) if reference else None


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
    keys = [json.dumps(job, sort_keys=True) for job in _jobs(case)]
    said = next((failures[key] for key in keys if key in failures), "")
    detail = said or failures.get("", "the export process left without an answer")
    return Reason(code=ReasonCode.ARTIFACT_FAILED, detail=detail)


def _make(jobs: list[Job], root: Path, tell: Callable[[str], None]) -> dict[str, str]:
    """Have every job done by one process; return what failed, by job, and by "" for its end."""
    tell(f"making {len(jobs)} artifacts and references in {root}")
    command = [sys.executable, "-P", "-m", "model_zoo.export.make", "--cache", str(root)]
    failures: dict[str, str] = {}
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        stdout, stderr = process.communicate(json.dumps(jobs).encode())
    for line in stdout.splitlines():
        answer = json.loads(line)
        if answer.get("error"):
            failures[json.dumps(jobs[answer["job"]], sort_keys=True)] = answer["error"]
    if process.returncode:
        tail = stderr[-1_000:].decode(errors="replace").strip()
        failures[""] = f"the export process ended with status {process.returncode}: {tail}"
    return failures
