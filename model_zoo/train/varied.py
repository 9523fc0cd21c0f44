"""Variants of a trained network, made after training and not trained again.

Weights are what the variant stores. Where it rounds activations as well, the inputs of its layers
are rounded here in the same way, so that the score is that of the integers and not of the floats.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

import torch
from torch import Tensor, nn

from model_zoo.spec import ModelSpec
from model_zoo.variants.apply import vary
from model_zoo.variants.calibrate import input_ranges
from model_zoo.variants.name import Kind
from model_zoo.variants.quantise import quantised_layers

CALIBRATION_ITEMS: Final = 256
"""Items learned from that static scales are made of: the first ones of the division."""
_MOST: Final = 127
"""Of int8 without a zero point."""
_STEPS: Final = 255
"""Between the least and the most of uint8."""


def varied(module: nn.Module, spec: ModelSpec, calibration: Tensor) -> nn.Module:
    """Return a variant of a trained network; the network itself stays as it is.

    Args:
        module: Trained, of the plain spec.
        spec: The same with a variant.
        calibration: (items, ...) that were learned from.

    Raises:
        ValueError: the family cannot be made into this variant, or it is one that is trained.
    """
    variant = spec.transform
    if variant is None:
        raise ValueError(f"{spec.slug} is no variant")
    if variant.kind in {Kind.DISTILLED, Kind.AUTOCAST}:
        raise ValueError(f"{variant.text} is not made of a trained network's weights")
    made = vary(deepcopy(module).eval().requires_grad_(requires_grad=False), spec).eval()
    if variant.kind is Kind.INT8_STATIC:
        _round_statically(made, spec, calibration)
    elif variant.kind is Kind.INT8_DYNAMIC:
        for layer in quantised_layers(made, variant).values():
            layer.register_forward_pre_hook(_dynamic)
    return made


def _round_statically(module: nn.Module, spec: ModelSpec, calibration: Tensor) -> None:
    """Round each layer's input to multiples of 1 / 127 of the largest that calibration met.

    Source: Jacob et al., Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference (2018), section 2.1, with a zero point of 0.
    """
    variant = spec.transform
    assert variant is not None  # noqa: S101 - the caller has looked
    layers = quantised_layers(module, variant)
    items = calibration[:CALIBRATION_ITEMS]
    ranges = input_ranges(module, dict(layers), [(items.numpy(),)])
    for name, layer in layers.items():
        layer.register_forward_pre_hook(_static(ranges[name][0]))


def _static(largest: float) -> Any:  # noqa: ANN401 - torch's own type of hook
    scale = (largest or 1.0) / _MOST

    def rounded(_: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        whole = (given[0] / scale).round().clamp(-_MOST, _MOST)
        return (whole * scale, *given[1:])

    return rounded


def _dynamic(_: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Round each item's numbers to 255 steps between its least and its most, zero among them.

    Item by item, as in a batch of one.
    """
    values = given[0]
    axes = tuple(range(1, values.dim()))
    low = values.amin(axes, keepdim=True).clamp(max=0)
    high = values.amax(axes, keepdim=True).clamp(min=0)
    scale = ((high - low) / _STEPS).clamp(min=torch.finfo(values.dtype).tiny)
    zero = (-low / scale).round()
    whole = ((values / scale).round() + zero).clamp(0, _STEPS)
    return ((whole - zero) * scale, *given[1:])
