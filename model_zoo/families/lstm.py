"""Stacked LSTM layers over a sequence of vectors; the last step's state goes to a dense head.

Source: Hochreiter and Schmidhuber, Long Short-Term Memory (1997); stacked as in Zaremba et al.,
Recurrent Neural Network Regularization (2014), and grown in depth as in Wu et al., Google's Neural
Machine Translation System (2016), section 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from model_zoo.families.scaling import Scaling
from model_zoo.families.step import Step, dense
from model_zoo.tensor import TensorSpec

if TYPE_CHECKING:
    from torch import nn

SCALING: Final = Scaling(
    width_per_layer=256, least_depth=1, least_width=4, width_step=8, adjusted=("dense_size",)
)
_GATES: Final = 4


def scaled(depth: int, width: int) -> dict[str, int]:
    """Return the sizes of `depth` layers of `width` units."""
    return {
        "classes": 10,
        "dense_size": width,
        "hidden_size": width,
        "input_size": 64,
        "num_layers": depth,
        "sequence_length": 128,
    }


def parameter_count(sizes: Mapping[str, int]) -> int:
    """Return the number of weights; each gate has two biases, as in cuDNN."""
    hidden, layers = sizes["hidden_size"], sizes["num_layers"]
    first = _GATES * hidden * (sizes["input_size"] + hidden + 2)
    others = (layers - 1) * _GATES * hidden * (2 * hidden + 2)
    head = (hidden + 1) * sizes["dense_size"] + (sizes["dense_size"] + 1) * sizes["classes"]
    return first + others + head


def steps(sizes: Mapping[str, int]) -> Iterator[Step]:
    """Yield the products: inputs of all steps at once, then state after state."""
    hidden, length = sizes["hidden_size"], sizes["sequence_length"]
    gates = _GATES * hidden
    yield dense(sizes["input_size"], gates, rows=length, is_layer=False)
    if sizes["num_layers"] > 1:
        repeat = sizes["num_layers"] - 1
        yield dense(hidden, gates, rows=length, repeat=repeat, is_layer=False)
    recurrent = length * gates * hidden * sizes["num_layers"]
    yield Step(multiplies=recurrent, inner=hidden, reads=hidden, writes=gates, sequence=length)
    yield dense(hidden, sizes["dense_size"])
    yield dense(sizes["dense_size"], sizes["classes"])


def inputs(sizes: Mapping[str, int]) -> tuple[TensorSpec, ...]:
    """Return the sequence of vectors."""
    shape = (sizes["sequence_length"], sizes["input_size"])
    return (TensorSpec(name="sequence", shape=shape),)


def outputs(sizes: Mapping[str, int]) -> tuple[TensorSpec, ...]:
    """Return the class scores."""
    return (TensorSpec(name="scores", shape=(sizes["classes"],)),)


def build(sizes: Mapping[str, int]) -> nn.Module:
    """Construct the recurrent layers and the head."""
    from torch import nn

    from model_zoo.families.blocks import RELU_GAIN, STATE_GAIN, Dense, Recurrent

    hidden = sizes["hidden_size"]
    return nn.Sequential(
        Recurrent(sizes["input_size"], hidden, sizes["num_layers"]),
        Dense(hidden, sizes["dense_size"], gain=STATE_GAIN),
        nn.ReLU(),
        Dense(sizes["dense_size"], sizes["classes"], gain=RELU_GAIN),
    )
