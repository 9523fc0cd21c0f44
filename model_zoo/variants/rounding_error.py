"""How far the outputs of a network move where a runtime rounds activations to int8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from model_zoo.spec import ModelSpec
from model_zoo.variants.calibrate import calibration_inputs, input_ranges, rounding, watched
from model_zoo.variants.name import INTEGER_ACTIVATIONS, Kind
from model_zoo.variants.quantise import quantised_layers

Arrays = Sequence[NDArray[Any]]


def run_in_fp64(module: nn.Module, given: Arrays) -> list[NDArray[np.float64]]:
    """Run a network in fp64; return its outputs, (batch, ...) each."""
    tensors = (torch.from_numpy(array) for array in given)
    outputs = module(*(item.double() if item.is_floating_point() else item for item in tensors))
    return [item.numpy() for item in (outputs if isinstance(outputs, tuple) else (outputs,))]


def rounding_error(spec: ModelSpec, module: nn.Module, given: Arrays, outputs: Arrays) -> float:
    """Return how far outputs move where every product's input is rounded to int8.

    It is a sample of what any runtime is off by that rounds so: with other signs of the roundings,
    for two runtimes differ in the last bits, and a bit decides which way a number is rounded.

    Args:
        spec: With a variant that rounds activations; for others there is nothing to find.
        module: The variant's network, in fp64.
        given: Its inputs, (batch, ...) each.
        outputs: What it gives where nothing is rounded.

    Returns:
        The largest difference relative to the largest output; 0 where nothing is rounded.
    """
    variant = spec.transform
    if variant is None or variant.kind not in INTEGER_ACTIVATIONS:
        return 0.0
    layers = quantised_layers(module, variant)
    ranges = None
    if variant.kind is Kind.INT8_STATIC:
        items = [[_double(array) for array in arrays] for arrays in calibration_inputs(spec)]
        ranges = input_ranges(module, layers, items)
    with watched(layers, rounding(ranges)):
        rounded = run_in_fp64(module, given)
    differences = (
        float(np.abs(moved - exact).max() / (np.abs(exact).max() or 1.0))
        for moved, exact in zip(rounded, outputs, strict=True)
    )
    return max(differences)


def _double(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.float64) if array.dtype.kind == "f" else array
