"""Multilayer perceptrons: equal hidden layers with ReLU and a classification head.

The last hidden layer has a width of its own, equal to the others unless a count is to be met.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from model_zoo.families.scaling import Scaling
from model_zoo.families.step import Step, dense
from model_zoo.tensor import TensorSpec

if TYPE_CHECKING:
    from torch import nn

SCALING: Final = Scaling(
    width_per_layer=128, least_depth=2, least_width=16, width_step=8, adjusted=("last_size",)
)


def scaled(depth: int, width: int) -> dict[str, int]:
    """Return the sizes of `depth` hidden layers of `width`."""
    return {
        "classes": 10,
        "hidden_size": width,
        "input_size": 100,
        "last_size": width,
        "num_layers": depth,
    }


def _widths(sizes: Mapping[str, int]) -> list[int]:
    hidden = [sizes["hidden_size"]] * (sizes["num_layers"] - 1)
    return [sizes["input_size"], *hidden, sizes["last_size"], sizes["classes"]]


def parameter_count(sizes: Mapping[str, int]) -> int:
    """Return the number of weights."""
    hidden, last, layers = sizes["hidden_size"], sizes["last_size"], sizes["num_layers"]
    head = (last + 1) * sizes["classes"]
    if layers == 1:
        return (sizes["input_size"] + 1) * last + head
    first = (sizes["input_size"] + 1) * hidden
    return first + (layers - 2) * (hidden + 1) * hidden + (hidden + 1) * last + head


def steps(sizes: Mapping[str, int]) -> Iterator[Step]:
    """Yield one product a layer."""
    widths = _widths(sizes)
    for inputs, outputs in pairwise(widths):
        yield dense(inputs, outputs)


def inputs(sizes: Mapping[str, int]) -> tuple[TensorSpec, ...]:
    """Return the feature vector."""
    return (TensorSpec(name="features", shape=(sizes["input_size"],)),)


def outputs(sizes: Mapping[str, int]) -> tuple[TensorSpec, ...]:
    """Return the class scores."""
    return (TensorSpec(name="scores", shape=(sizes["classes"],)),)


def build(sizes: Mapping[str, int]) -> nn.Module:
    """Construct the layers, with variance kept through each ReLU."""
    from torch import nn

    from model_zoo.families.blocks import RELU_GAIN, Dense

    widths = _widths(sizes)
    layers: list[nn.Module] = [Dense(widths[0], widths[1]), nn.ReLU()]
    for inputs_, outputs_ in pairwise(widths[1:-1]):
        layers += [Dense(inputs_, outputs_, gain=RELU_GAIN), nn.ReLU()]
    return nn.Sequential(*layers, Dense(widths[-2], widths[-1], gain=RELU_GAIN))
