"""What the cases start from: exported networks and references, made once, in another process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import psutil

from harness.backends.registry import entry
from harness.core.case import Case
from harness.core.reason import Reason, ReasonCode
from harness.run.export import Answer, Job, key_of, make
from harness.run.fit import needs_of, too_large
from harness.run.interpreter import OWN, Interpreter
from harness.run.material import Material
from harness.run.own import gather_own
from model_zoo.export.artifact import Artifact, no_file
from model_zoo.export.cache import ArtifactCache
from model_zoo.own import is_own
from model_zoo.solve import parameter_count

__all__ = ["Material", "gather"]

_AT_ONCE: Final = 2
_RUNTIME_BYTES: Final = 1_000_000_000
_BYTES_A_PARAMETER: Final = 20
"""What an export process may need: torch, and the fp64 network while it is read from fp32."""


def gather(
    cases: Iterable[Case],
    root: Path,
    tell: Callable[[str], None],
    interpreter: Interpreter = OWN,
) -> dict[str, Material | Reason]:
    """Find, or make, what each case starts from; by case id, the material or why there is none.

    Args:
        cases: Of the zoo, or of the user's own networks.
        root: Folder of the cache.
        tell: Takes what is being done.
        interpreter: That imports the user's own networks; those of the zoo are always ours.

    Raises:
        UsageError: a reference to a network of the user's own names nothing.
    """
    wanted = list(cases)
    own = [case for case in wanted if is_own(case.model)]
    zoo = [case for case in wanted if not is_own(case.model)]
    made = gather_own(own, root, tell, interpreter)
    found = {case.id: _that_fits(case, made[case.id]) for case in own}
    return {**found, **_gather_zoo(zoo, root, tell)}


def _that_fits(case: Case, thing: Material | Reason) -> Material | Reason:
    """Keep what a case of the user's own starts from, if the network has a chance to fit."""
    if isinstance(thing, Reason):
        return thing
    return too_large(case, thing.needs.lower_bound) or thing


def _gather_zoo(
    cases: list[Case], root: Path, tell: Callable[[str], None]
) -> dict[str, Material | Reason]:
    cache = ArtifactCache(root)
    unique = {key_of(job): job for case in cases for job in _missing(case, cache)}
    if unique:
        tell(f"making {len(unique)} exported networks and references, once, in {root}")
    answers = make(list(unique.values()), root, width=_width(cases))
    return {case.id: _material(case, cache, answers) for case in cases}


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
        return no_file(case.model, str(case.target.precision)), ""
    artifact = cache.get(case.model, kind, str(case.target.precision))
    reference = cache.reference(case.model, case.batch_size)
    return artifact, reference.folder if reference else None


def _missing(case: Case, cache: ArtifactCache) -> list[Job]:
    found = _find(case, cache)
    return [job for job, thing in zip(_jobs(case), found, strict=True) if thing is None]


def _material(case: Case, cache: ArtifactCache, answers: Mapping[str, Answer]) -> Material | Reason:
    artifact, reference = _find(case, cache)
    if artifact is not None and reference is not None:
        needs = needs_of(case)
        if artifact.facts is not None:  # ranks are known once there are weights
            needs = replace(needs, parameter_count=artifact.parameter_count)
        return Material(artifact=artifact, reference=reference, needs=needs)
    given = (answers.get(key_of(job), Answer()) for job in _jobs(case))
    said = next((answer.error for answer in given if answer.error), "")
    detail = said or "the export process left without an answer"
    return Reason(code=ReasonCode.ARTIFACT_FAILED, detail=detail)
