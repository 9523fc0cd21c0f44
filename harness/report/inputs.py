"""What goes into the networks: the defaults that decide the numbers, said beside every table."""

from __future__ import annotations

from collections.abc import Iterable

from harness.report.format import count, plain_text
from model_zoo.inputs import signature
from model_zoo.spec import ModelSpec
from model_zoo.tensor import TensorSpec


def inputs_line(models: Iterable[ModelSpec]) -> str:
    """Name what one item is in each family, for example `one item: cnn 3x32x32; mlp 100`."""
    found = dict.fromkeys(sorted({text for model in models if (text := _inputs(model))}))
    return f"one item: {'; '.join(found)}" if found else ""


def _inputs(model: ModelSpec) -> str:
    try:
        tensors = signature(model)
    except (KeyError, ValueError):  # a file may name a family that this version does not have
        return ""
    return f"{plain_text(model.family)} {', '.join(map(_shape, tensors))}"


def _shape(tensor: TensorSpec) -> str:
    """Give the shape of one item; of integers also how many there are to choose from.

    >>> _shape(TensorSpec(name="tokens", shape=(128,), dtype="int64", high=1024))
    '128 integers below 1,024'
    >>> _shape(TensorSpec(name="image", shape=(3, 32, 32)))
    '3x32x32'
    """
    shape = "x".join(map(str, tensor.shape))
    return f"{shape} integers below {count(tensor.high)}" if tensor.high else shape
