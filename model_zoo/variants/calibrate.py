"""How large the inputs of layers become on example inputs: what static scales are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from model_zoo.inputs import example_inputs
from model_zoo.spec import ModelSpec

CALIBRATION_INDEX: Final = 1_000
"""Of the example inputs that calibrate; none that outputs are verified or judged on."""
CALIBRATION_ITEMS: Final = 16
INT8_MOST: Final = 127

Arrays = tuple[NDArray[Any], ...]
Look = Callable[[str, Tensor], Tensor | None]
"""Takes a layer's name and input; gives another input, or None to leave it."""


def calibration_inputs(spec: ModelSpec) -> tuple[Arrays, ...]:
    """Return items of the zoo's inputs, each a batch of one: (1, ...) an array."""
    indices = range(CALIBRATION_INDEX, CALIBRATION_INDEX + CALIBRATION_ITEMS)
    return tuple(example_inputs(spec, 1, index) for index in indices)


@contextmanager
def watched(layers: Mapping[str, nn.Module], look: Look) -> Iterator[None]:
    """Have a function see, and where it returns one replace, the input of each layer.

    Args:
        layers: By name, each of one input.
        look: Takes a layer's name and its input.
    """

    def hook(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], Tensor | None]:
        return lambda _, given: look(name, given[0])

    hooks = [layer.register_forward_pre_hook(hook(name)) for name, layer in layers.items()]
    try:
        with torch.inference_mode():
            yield
    finally:
        for one in hooks:
            one.remove()


def input_ranges(
    module: nn.Module, layers: Mapping[str, nn.Module], batches: Sequence[Sequence[NDArray[Any]]]
) -> dict[str, tuple[float, int]]:
    """Run a network and note the largest size of a number in each layer's input, and its axes.

    Args:
        module: Holds the layers, on the CPU.
        layers: By name.
        batches: Inputs, one pass each.

    Returns:
        By the layer's name, the largest size and the number of axes.
    """
    found: dict[str, tuple[float, int]] = {}

    def note(name: str, given: Tensor) -> None:
        largest = max(float(given.abs().max()), found.get(name, (0.0, 0))[0])
        found[name] = (largest, given.dim())

    with watched(layers, note):
        for arrays in batches:
            module(*(torch.from_numpy(array) for array in arrays))
    return found


def rounding(ranges: Mapping[str, tuple[float, int]] | None) -> Look:
    """Return what rounds a layer's input to int8: x becomes scale x round(x / scale).

    Args:
        ranges: The largest size of each layer's input, beyond which it is cut off; None for the
            input's own.
    """

    def rounded(name: str, given: Tensor) -> Tensor:
        largest = float(given.abs().max()) if ranges is None else ranges[name][0]
        scale = largest / INT8_MOST or 1.0
        return (given / scale).round().clamp(-INT8_MOST, INT8_MOST) * scale

    return rounded
