"""What is found out of a file's network: written once into a folder, beside the file to be run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model_zoo.own.files import BadFile
from model_zoo.own.inputs import Arrays
from model_zoo.own.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One file's network at one batch size, run on two inputs."""

    main: str
    """Name of the file that a runtime opens."""
    parameter_count: int
    precision: str
    by: str
    """The runtime that gave the outputs."""
    work: Work
    names: tuple[str, ...]
    """Of the inputs, in order."""
    inputs: tuple[Arrays, Arrays]
    outputs: tuple[Arrays, Arrays]


def write_found(found: Found, batch_size: int, identity: str, folder: Path) -> Mapping[str, Any]:
    """Save inputs and outputs, and return the facts.

    Raises:
        BadFile: an output is no number, or changes its shape with the input.
    """
    first, second = found.outputs
    shapes = [array.shape for array in first]
    if shapes != [array.shape for array in second]:
        raise BadFile("the outputs change their shapes with the input's values: not to be timed")
    for index in (0, 1):
        _save(folder, f"input{index}-tensor", found.inputs[index])
        _save(folder, f"input{index}-output", found.outputs[index])
    tensors = (*found.inputs[0], *first)
    floats = [array for array in tensors if np.issubdtype(array.dtype, np.floating)]
    others = [array for array in tensors if not np.issubdtype(array.dtype, np.floating)]
    return {
        "batch_size": batch_size,
        "identity": identity,
        "fingerprint": identity,
        "parameter_count": found.parameter_count,
        "flops": found.work.flops,
        "flops_reason": found.work.reason,
        "depth": found.work.depth,
        "widest": found.work.widest,
        "float_elements": sum(array.size for array in floats),
        "other_bytes": sum(array.nbytes for array in others),
        "input_names": list(found.names),
        "by_name": False,
        "output_shapes": [list(shape) for shape in shapes],
        "main": found.main,
        "precision": found.precision,
        "reference_by": found.by,
        "ignores_inputs": all(map(np.array_equal, first, second)),
    }


def _save(folder: Path, name: str, arrays: Arrays) -> None:
    for place, array in enumerate(arrays):
        np.save(folder / f"{name}{place:04}.npy", array, allow_pickle=False)
