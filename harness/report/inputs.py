"""What goes into the networks: the defaults that decide the numbers, said beside every table."""

from __future__ import annotations

from collections.abc import Iterable

from harness.report.format import count, plain_text
from harness.report.order import family_place
from model_zoo.families import load_family
from model_zoo.spec import ModelSpec
from model_zoo.tensor import TensorSpec


def inputs_line(models: Iterable[ModelSpec]) -> str:
    """Name what one item is in each family, for example `one item: cnn 3x32x32; mlp 100`."""
    found = {(family_place(model.family), text) for model in models if (text := _named(model))}
    return f"one item: {'; '.join(text for _, text in sorted(found))}" if found else ""


def shapes(model: ModelSpec) -> str:
    """Name the tensors of one item, for example `3x224x224`.

    Raises:
        ValueError: no such family.
        KeyError: a dimension is missing.
    """
    return ", ".join(map(_shape, load_family(model.family).inputs(model.sizes)))


def _named(model: ModelSpec) -> str:
    try:
        return f"{plain_text(model.family)} {shapes(model)}"
    except (KeyError, ValueError):  # a file may name a family that this version does not have
        return ""


def _shape(tensor: TensorSpec) -> str:
    """Give the shape of one item; of integers also how many there are to choose from.

    >>> _shape(TensorSpec(name="tokens", shape=(128,), dtype="int64", high=1024))
    '128 integers below 1,024'
    >>> _shape(TensorSpec(name="image", shape=(3, 32, 32)))
    '3x32x32'
    """
    shape = "x".join(map(str, tensor.shape))
    return f"{shape} integers below {count(tensor.high)}" if tensor.high else shape
