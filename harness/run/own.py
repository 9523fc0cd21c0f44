"""What cases of the user's own networks start from: made, and found out, in another process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from harness.backends.registry import entry
from harness.core.case import Case
from harness.core.errors import UsageError
from harness.core.reason import Reason, ReasonCode
from harness.core.run import Run
from harness.measure.reference import NETWORK
from harness.run.export import Answer, ExportProcess, Job, Start, key_of, make
from harness.run.fit import needs_of_own
from harness.run.interpreter import OWN, Interpreter
from harness.run.material import Material
from model_zoo.export.artifact import Artifact
from model_zoo.own import is_own
from model_zoo.own.cache import OwnCache, factory_artifact, file_artifact
from model_zoo.own.facts import OwnFacts, read_facts

_RAW_WEIGHTS: Final = "torch"
"""What eager execution starts from; of a user's network the factory itself gives them."""
_NO_FACTORY: Final = "NoSuchFactory"
_NOT_ASKED_RIGHT: Final = frozenset({_NO_FACTORY, "NoSuchFile", "UnboundAxis"})
"""Of the export process's exceptions: what was asked for does not exist."""
_CODES: Final = {"WeightsDiffer": ReasonCode.WEIGHTS_DIFFER}
"""Of the export process's exceptions; any other means that it failed."""


def gather_own(
    cases: Sequence[Case],
    root: Path,
    tell: Callable[[str], None],
    interpreter: Interpreter = OWN,
) -> dict[str, Material | Reason]:
    """Call every factory once; by case id, what the case starts from or why it cannot.

    Args:
        cases: Of the user's own networks.
        root: Folder of the cache.
        tell: Takes what is being done.
        interpreter: That imports the factories: each side of an A/B run has its own copies.

    Raises:
        UsageError: a reference names nothing that can be called.
    """
    start = partial(ExportProcess, interpreter=interpreter)
    found = _facts(cases, root, tell, start)
    cache = OwnCache(root)
    missing = [
        _export_job(case, facts)
        for case in cases
        if isinstance(facts := found[key_of(_facts_job(case))], OwnFacts)
        and _find(case, facts, cache) is None
    ]
    answers = make(list({key_of(job): job for job in missing}.values()), root, start)
    return {
        case.id: _material(case, found[key_of(_facts_job(case))], cache, answers) for case in cases
    }


def require_unchanged(run: Run, found: Mapping[str, Material | Reason]) -> None:
    """Refuse to put trials of two networks under one name.

    Raises:
        UsageError: the code or weights of a network are others than in the run so far.
    """
    own = {case.id for case in run.header.cases if is_own(case.model)}
    for trial in (trial for trial in run.trials if trial.case_id in own):
        thing, before = found.get(trial.case_id), trial.effective.get(NETWORK)
        facts = read_facts(Path(thing.reference)) if isinstance(thing, Material) else None
        if before is not None and facts is not None and facts.identity != before:
            raise UsageError(
                f"{run.path} was begun with another {facts.spec.preset}: its code or weights have "
                "changed; begin a new run"
            )


def _facts(
    cases: Sequence[Case], root: Path, tell: Callable[[str], None], start: Start
) -> dict[str, OwnFacts | Reason]:
    """Have every factory called, at every batch size: by the job's key."""
    jobs = {key_of(job): job for case in cases for job in [_facts_job(case)]}
    for reference in dict.fromkeys(case.model.preset for case in cases):
        tell(f"looking at {reference}")
    answers = make(list(jobs.values()), root, start)
    found = {key: _read(answers[key]) for key in jobs}
    for facts in found.values():
        if isinstance(facts, OwnFacts):
            tell(_described(facts))
    return found


def _described(facts: OwnFacts) -> str:
    flops = f"{facts.flops:,} FLOP" if facts.flops is not None else f"? FLOP ({facts.flops_reason})"
    shapes = ", ".join(map(str, facts.output_shapes))
    return (
        f"{facts.spec.preset}: {facts.parameter_count:,} parameters, {flops} a pass of "
        f"{facts.batch_size}, outputs {shapes}"
    )


def _read(answer: Answer) -> OwnFacts | Reason:
    if answer.kind in _NOT_ASKED_RIGHT:
        key = "module" if answer.kind == _NO_FACTORY else "file"
        raise UsageError(f"{key}: {answer.error.removeprefix(f'{answer.kind}: ')}")
    facts = read_facts(Path(answer.folder)) if answer.folder else None
    if facts is not None:
        return facts
    return _failed(answer)


def _facts_job(case: Case) -> Job:
    return {"spec": case.model.as_record(), "reference": case.batch_size}


def _export_job(case: Case, facts: OwnFacts) -> Job:
    return {
        "spec": case.model.as_record(),
        "format": entry(case.target.backend).artifact_format,
        "precision": str(case.target.precision),
        "facts": facts.folder,
    }


def _find(case: Case, facts: OwnFacts, cache: OwnCache) -> Artifact | None:
    form, precision = entry(case.target.backend).artifact_format, str(case.target.precision)
    if facts.main:
        return file_artifact(facts)
    if form in {"", _RAW_WEIGHTS}:
        return factory_artifact(facts, precision)
    return cache.artifact(facts, form, precision)


def _material(
    case: Case, facts: OwnFacts | Reason, cache: OwnCache, answers: dict[str, Answer]
) -> Material | Reason:
    if isinstance(facts, Reason):
        return facts
    if facts.precision not in {"", str(case.target.precision)}:
        return _other_precision(case, facts)
    artifact = _find(case, facts, cache)
    if artifact is not None:
        needs = needs_of_own(case, facts)
        return Material(artifact=artifact, reference=facts.folder, needs=needs)
    return _failed(answers[key_of(_export_job(case, facts))])


def _other_precision(case: Case, facts: OwnFacts) -> Reason:
    return Reason(
        code=ReasonCode.PRECISION_UNSUPPORTED,
        detail=f"the file's weights are in {facts.precision}, not in {case.target.precision}",
        hint=f"--precision {facts.precision}; a file is run as it is",
    )


def _failed(answer: Answer) -> Reason:
    code = _CODES.get(answer.kind, ReasonCode.ARTIFACT_FAILED)
    return Reason(code=code, detail=answer.error or "what was made was removed just now")
