"""Networks of equal layers, and the same with one layer in twenty more: 5 % more work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from harness.core.case import Case, Target
from harness.core.run import Run
from model_zoo.families import mlp
from model_zoo.solve import parameter_count
from model_zoo.spec import ModelSpec

LAYERS: Final = 20
MORE_LAYERS: Final = 21
BACKENDS: Final = ("eager", "torchscript", "onnxruntime")
IN_CACHE: Final = range(24, 112, 8)
"""Widths at which 21 layers of fp32 weights fit into 1 MiB, a usual second-level cache."""


def cases(layers: int, widths: Sequence[int] = IN_CACHE) -> tuple[Case, ...]:
    """Return one case a width and runtime."""
    return tuple(
        Case(
            model=(spec := ModelSpec.of("mlp", mlp.scaled(layers, width))),
            target=Target(backend=backend),
            nominal=parameter_count(spec),
        )
        for width in widths
        for backend in BACKENDS
    )


def with_fewer_layers(case: Case) -> Case:
    """Return the case that a case of one layer more is held against."""
    sizes = {**case.model.sizes, "num_layers": LAYERS}
    spec = ModelSpec.of("mlp", sizes)
    return replace(case, model=spec, nominal=parameter_count(spec))


def relabelled(run: Run) -> Run:
    """Call the networks of a run by the names of those with fewer layers.

    So a run of slower networks is compared with one of the plain ones, as if the same networks had
    become slower.
    """
    named = {case.id: with_fewer_layers(case) for case in run.header.cases}
    counts: Mapping[str, int] = run.header.parameter_counts
    header = replace(
        run.header,
        cases=tuple(named[case.id] for case in run.header.cases),
        parameter_counts={named[key].id: count for key, count in counts.items()},
    )
    trials = tuple(replace(trial, case_id=named[trial.case_id].id) for trial in run.trials)
    return replace(run, header=header, trials=trials)
