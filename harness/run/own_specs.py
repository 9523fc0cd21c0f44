"""Networks of the user's own, as a plan names them: factories and files. Nothing is opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from harness.core.case import Target
from harness.core.errors import UsageError
from harness.core.reason import Reason, ReasonCode
from harness.run.plan import Plan
from model_zoo.own import FAMILY, FILES, is_file, own_spec
from model_zoo.own.files import BATCH, file_spec, parse_axes, path_of
from model_zoo.spec import ModelSpec

_USUAL: Final = (1,)
"""Batch sizes of a plan that names none."""


def own_specs(plan: Plan) -> Iterator[ModelSpec]:
    """Yield the plan's networks that are not the zoo's.

    Raises:
        UsageError: a name is none, a file is not there, or an axis or input cannot be read.
    """
    for reference in plan.module:
        try:
            yield own_spec(reference)
        except ValueError as error:
            raise UsageError(f"module: {error}") from None
    axes = _axes(plan)
    for form, paths in {"onnx": plan.onnx, "torchscript": plan.torchscript}.items():
        for path in paths:
            try:
                yield file_spec(form, path, inputs=plan.input, axes=axes)
            except ValueError as error:
                raise UsageError(f"{form}: {error}") from None


def batch_sizes(plan: Plan) -> tuple[int, ...]:
    """Return the plan's batch sizes; an axis of that name is one, too.

    Raises:
        UsageError: both are given, and differ.
    """
    size = _axes(plan).get(BATCH)
    if size is None or plan.batch_size == (size,):
        return plan.batch_size
    if plan.batch_size != _USUAL:
        raise UsageError(f"axis: {BATCH}={size}, and batch sizes {plan.batch_size}; give one")
    return (size,)


def own_names(model: ModelSpec) -> Mapping[str, str]:
    """Return what an exclusion may name of a network: by the plan's key, empty where not of it."""
    names = dict.fromkeys(("preset", "module", *FILES), "")
    if is_file(model):
        return {**names, model.family: str(path_of(model))}
    return {**names, "module" if model.family == FAMILY else "preset": model.preset}


def refuse_format(model: ModelSpec, target: Target, form: str) -> Reason | None:
    """Say why a file cannot run on a target; None where it can, or the network is no file.

    Args:
        model: Any.
        target: Any.
        form: That the target's backend starts from; empty where it needs no file.
    """
    if not is_file(model) or form == model.family:
        return None
    return Reason(
        code=ReasonCode.FORMAT_UNSUPPORTED,
        detail=f"{target.backend} does not start from {model.family} files",
        hint="--backend onnxruntime or tensorrt for ONNX, torchscript for TorchScript",
    )


def _axes(plan: Plan) -> dict[str, int]:
    if plan.axis and not (plan.onnx or plan.torchscript):
        raise UsageError("axis: only files have axes to bind; give --onnx or --torchscript")
    try:
        return parse_axes(plan.axis)
    except ValueError as error:
        raise UsageError(f"axis: {error}") from None
