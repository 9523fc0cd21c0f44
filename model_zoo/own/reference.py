"""Inputs, fp64 outputs and facts of a network, written once into a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model_zoo.own.inputs import Arrays, at_batch_size, drawn_like
from model_zoo.own.locate import BadFactory
from model_zoo.own.network import OwnNetwork, as_arrays, fingerprint
from model_zoo.own.outputs import flat
from model_zoo.own.work import work_of
from model_zoo.spec import ModelSpec


def write_reference(
    network: OwnNetwork, spec: ModelSpec, batch_size: int, folder: Path
) -> Mapping[str, Any]:
    """Run the network in fp64 on two inputs, save all four, and return what was found.

    The network is in fp64 afterwards.
    """
    weights = fingerprint(network)
    first = at_batch_size(as_arrays(network.example), batch_size)
    inputs = (first, drawn_like(first, spec.seed + 1))
    run = network.callable()
    with _double():
        network.module.double()
        outputs = [_outputs(run, _doubles(arrays)) for arrays in inputs]
        work = work_of(run, _doubles(first))
    for index, (given, gave) in enumerate(zip(inputs, outputs, strict=True)):
        _save(folder, f"input{index}-tensor", given)
        _save(folder, f"input{index}-output", gave)
    tensors = (*first, *outputs[0])
    floats = [array for array in tensors if np.issubdtype(array.dtype, np.floating)]
    others = [array for array in tensors if not np.issubdtype(array.dtype, np.floating)]
    return {
        "batch_size": batch_size,
        "fingerprint": weights,
        "parameter_count": network.parameter_count,
        "flops": work.flops,
        "flops_reason": work.reason,
        "depth": work.depth,
        "widest": work.widest,
        "float_elements": sum(array.size for array in floats),
        "other_bytes": sum(array.nbytes for array in others),
        "input_names": list(network.names),
        "by_name": network.by_name,
        "output_shapes": [list(array.shape) for array in outputs[0]],
    }


def _doubles(arrays: Arrays) -> tuple[Tensor, ...]:
    tensors = (torch.from_numpy(array) for array in arrays)
    return tuple(item.double() if item.is_floating_point() else item for item in tensors)


def _outputs(run: Callable[..., Any], inputs: tuple[Tensor, ...]) -> Arrays:
    with torch.inference_mode():
        found = flat(run(*inputs))
    wrong = [item for item in found if not isinstance(item, Tensor)]
    if wrong or not found:
        kind = type(wrong[0]).__name__ if wrong else "nothing"
        raise BadFactory(f"the network gave {kind}; expected tensors, one or more")
    return as_arrays(found)


def _save(folder: Path, name: str, arrays: Arrays) -> None:
    for place, array in enumerate(arrays):
        np.save(folder / f"{name}{place:04}.npy", array, allow_pickle=False)


@contextmanager
def _double() -> Iterator[None]:
    """Have tensors that the network makes while it runs in fp64 as well."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
