"""The product's own nouns for a bench: cases by family and size, and what they start from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.core.case import Case, Target
from harness.core.reason import Reason
from harness.core.task import Sampling, Task
from harness.core.trial import Pass
from harness.run.artifacts import Material, gather
from harness.run.fit import cost_of, lower_bound
from model_zoo.solve import solve


def case_of(network: str, backend: str) -> Case:
    """Return the case of a network such as `mlp-1e5`, at batch 1 on one thread."""
    family, size = network.rsplit("-", 1)
    count = round(float(size))
    return Case(model=solve(family, count), target=Target(backend=backend), nominal=count)


def gathered(cases: Sequence[Case], cache: Path) -> dict[str, Material]:
    """Return, by case id, what each case starts from; exports what the cache lacks.

    Raises:
        RuntimeError: an export failed.
    """
    found = gather(cases, cache, lambda text: print(f"  {text}", flush=True))
    failed = [f"{case.slug}: {found[case.id]}" for case in cases if _is_missing(found[case.id])]
    if failed:
        raise RuntimeError("; ".join(failed))
    return {key: thing for key, thing in found.items() if isinstance(thing, Material)}


def _is_missing(thing: Material | Reason) -> bool:
    return isinstance(thing, Reason)


def task_of(
    case: Case,
    material: Material,
    sampling: Sampling,
    cores: tuple[tuple[int, ...], tuple[int, ...]] = ((), ()),
) -> Task:
    """Return what a worker is asked for one trial; `cores` are those pinned to, and spare ones."""
    costs = cost_of(case)
    return Task(
        case=case,
        round=1,
        kind=Pass.TIMING,
        artifact=material.artifact,
        reference=material.reference,
        depth=costs.depth,
        widest=costs.widest,
        lower_bound=lower_bound(case),
        cores=cores[0],
        spare_cores=cores[1],
        sampling=sampling,
    )
