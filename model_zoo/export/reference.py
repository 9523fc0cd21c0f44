"""The fp64 outputs that every backend is held against, as files. Imports no torch to read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model_zoo.export.folder import MANIFEST
from model_zoo.inputs import example_inputs, output_signature
from model_zoo.spec import ModelSpec

ROUNDING_ERROR: Final = "rounding_error"
"""In the manifest: relative to the largest output."""
INPUT_INDICES: Final = (0, 1)
"""Two different inputs: the second one proves that outputs depend on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Outputs of the eager network in fp64 on the CPU."""

    spec: ModelSpec
    batch_size: int
    folder: str
    """Folder of `input<index>-output<place>.npy`; text, so that it crosses a pipe."""
    output_names: tuple[str, ...]
    output_shapes: tuple[tuple[int, ...], ...]
    """Shapes with the batch axis."""

    def outputs(self, index: int) -> tuple[NDArray[np.float64], ...]:
        """Read the outputs for example inputs `index`, in the network's order."""
        places = range(len(self.output_names))
        return tuple(np.load(_file(Path(self.folder), index, place)) for place in places)


def _file(folder: Path, index: int, place: int) -> Path:
    return folder / f"input{index}-output{place}.npy"


def write_reference(spec: ModelSpec, batch_size: int, folder: Path) -> Mapping[str, Any]:
    """Compute and save the outputs; return what the manifest says."""
    import torch

    from model_zoo.build import build
    from model_zoo.variants.rounding_error import rounding_error, run_in_fp64

    module = build(spec, "float64").module
    shapes: list[list[int]] = []
    error = 0.0
    for index in INPUT_INDICES:
        given = example_inputs(spec, batch_size, index)
        with torch.inference_mode():
            arrays = run_in_fp64(module, given)
        error = max(error, rounding_error(spec, module, given, arrays))
        for place, array in enumerate(arrays):
            np.save(_file(folder, index, place), array, allow_pickle=False)
        shapes = [list(array.shape) for array in arrays]
    names = [tensor.name for tensor in output_signature(spec)]
    return {"output_names": names, "output_shapes": shapes, ROUNDING_ERROR: error}


def read_rounding_error(folder: Path) -> float:
    """Return how far rounding a variant's activations moves its outputs; 0 where none are."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return float(manifest.get(ROUNDING_ERROR, 0.0))
