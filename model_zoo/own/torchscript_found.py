"""From a TorchScript file of the user's own to what is measured: loaded, run twice, counted."""

from __future__ import annotations

import hashlib
import shutil
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from model_zoo.own.archive import check_archive
from model_zoo.own.draw import DrawnInput, draw
from model_zoo.own.file_facts import Found
from model_zoo.own.files import BATCH, BadFile, DeclaredInput, UnboundAxis, inputs_of, path_of
from model_zoo.own.inputs import Arrays
from model_zoo.own.network import as_arrays
from model_zoo.own.outputs import flat
from model_zoo.own.work import work_of
from model_zoo.spec import ModelSpec

MAIN: Final = "model.pt"
_PRECISIONS: Final = {
    torch.float32: "fp32",
    torch.float16: "fp16",
    torch.bfloat16: "bf16",
    torch.float64: "fp64",
}
_FIRST: Final = 300
"""Characters of what torch says that are kept."""


def digest_of(path: Path) -> str:
    """Return a digest of the file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find_torchscript(spec: ModelSpec, batch_size: int, folder: Path) -> Found:
    """Copy a file into a folder, and run it there on two inputs.

    Raises:
        BadFile: it is no archive that may be loaded, it breaks, or its inputs are not declared.
    """
    path = path_of(spec)
    check_archive(path)
    inputs = _drawn_inputs(inputs_of(spec), spec.sizes, batch_size)
    shutil.copyfile(path, folder / MAIN)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of its own deprecations
        module = _loaded(folder / MAIN)
    weights = tuple(module.parameters()) or _constants(module)
    given = (draw(inputs, spec.seed), draw(inputs, spec.seed + 1))
    precision = _precision(weights)
    first = _tensors(given[0], precision)
    try:
        outputs = (_run(module, first), _run(module, _tensors(given[1], precision)))
        work = work_of(module, first)
    except RuntimeError as error:
        raise BadFile(f"{path} does not run: {str(error)[-_FIRST:]}") from None
    return Found(
        main=MAIN,
        parameter_count=sum(weight.numel() for weight in weights),
        precision=precision,
        by="torchscript",
        work=work,
        names=tuple(one.name for one in inputs),
        inputs=given,
        outputs=outputs,
    )


def _loaded(path: Path) -> Any:  # noqa: ANN401 - torch leaves it without annotations
    read: Callable[..., Any] = torch.jit.load
    try:
        return read(str(path), map_location="cpu").eval()
    except (RuntimeError, ValueError) as error:
        raise BadFile(f"no TorchScript archive that loads: {str(error)[:_FIRST]}") from None


def _drawn_inputs(
    declared: tuple[DeclaredInput, ...], axes: Mapping[str, int], batch_size: int
) -> tuple[DrawnInput, ...]:
    """Give every axis its size; the archive says nothing of its inputs.

    Raises:
        BadFile: an input is not declared in full, or an axis has no size.
    """
    if not declared:
        raise BadFile(
            "a TorchScript file does not say what it takes: give --input "
            "'image=float32[batch,3,224,224]' for each input, in order"
        )
    sizes = {**axes, BATCH: batch_size}
    used = {part for one in declared for part in one.shape or ()}
    strange = [name for name in axes if name not in used]
    if strange:
        raise UnboundAxis(f"no axis {strange[0]!r} among the inputs")
    return tuple(_sized(one, sizes) for one in declared)


def _sized(one: DeclaredInput, sizes: Mapping[str, int]) -> DrawnInput:
    if not one.type or one.shape is None:
        raise BadFile(f"input {one.name!r} needs its type and shape: name=float32[batch,3,224,224]")
    missing = [part for part in one.shape if not part.isdecimal() and part not in sizes]
    if missing:
        raise UnboundAxis(f"axis {missing[0]!r} has no size: give --axis {missing[0]}=SIZE")
    shape = tuple(int(part) if part.isdecimal() else sizes[part] for part in one.shape)
    return DrawnInput(name=one.name, type=one.type, shape=shape, low=one.low, high=one.high)


def _constants(module: Any) -> tuple[Tensor, ...]:  # noqa: ANN401 - torch has no type for it
    """Return the tensors of a frozen module, whose weights are in its graph."""
    nodes = module.graph.findAllNodes("prim::Constant")
    values = (node.output().toIValue() for node in nodes)
    return tuple(v for v in values if isinstance(v, Tensor) and v.numel() > 1)


def _precision(weights: tuple[Tensor, ...]) -> str:
    counts: dict[str, int] = {}
    for weight in weights:
        name = _PRECISIONS.get(weight.dtype)
        if name:
            counts[name] = counts.get(name, 0) + weight.numel()
    return max(counts, key=lambda name: counts[name]) if counts else "fp32"


def _tensors(arrays: Arrays, precision: str) -> tuple[Tensor, ...]:
    dtype = next(kind for kind, name in _PRECISIONS.items() if name == precision)
    tensors = (torch.from_numpy(np.ascontiguousarray(array)) for array in arrays)
    return tuple(item.to(dtype) if item.is_floating_point() else item for item in tensors)


def _run(module: Any, inputs: tuple[Tensor, ...]) -> Arrays:  # noqa: ANN401 - as above
    with torch.inference_mode():
        found = flat(module(*inputs))
    wrong = [item for item in found if not isinstance(item, Tensor)]
    if wrong or not found:
        kind = type(wrong[0]).__name__ if wrong else "nothing"
        raise BadFile(f"the network gives {kind}; expected tensors, one or more")
    return as_arrays(found)
