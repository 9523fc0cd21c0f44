"""What a network takes and gives, and example inputs: numpy only, no torch."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model_zoo.families import load_family
from model_zoo.spec import ModelSpec
from model_zoo.tensor import TensorSpec

__all__ = ["TensorSpec", "example_inputs", "output_signature", "signature"]

_IMAGE_AXES: Final = 3


def signature(spec: ModelSpec) -> tuple[TensorSpec, ...]:
    """Return the tensors that the network takes, in order."""
    return load_family(spec.family).inputs(spec.sizes)


def output_signature(spec: ModelSpec) -> tuple[TensorSpec, ...]:
    """Return the tensors that the network gives, in order."""
    return load_family(spec.family).outputs(spec.sizes)


def example_inputs(spec: ModelSpec, batch_size: int, index: int = 0) -> tuple[NDArray[Any], ...]:
    """Return seeded inputs, (batch, ...) each: normal floats or evenly spread integers.

    An item is the same in every batch that is large enough to hold it. Different `index`, different
    inputs.

    Raises:
        ValueError: the batch is empty.
    """
    if batch_size < 1:
        raise ValueError(f"a batch has at least one item, not {batch_size}")
    return tuple(
        np.stack([_item(spec, tensor, index, place) for place in range(batch_size)])
        for tensor in signature(spec)
    )


def _item(spec: ModelSpec, tensor: TensorSpec, index: int, place: int) -> NDArray[Any]:
    text = f"{spec.seed}/{tensor.name}/{tensor.shape}/{index}/{place}"
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
    generator = np.random.Generator(np.random.PCG64(seed))
    if tensor.dtype == "int64":
        return generator.integers(0, tensor.high, tensor.shape, dtype=np.int64)
    noise = generator.standard_normal(tensor.shape, dtype=np.float32)
    if len(tensor.shape) < _IMAGE_AXES:
        return noise
    # Pooling averages pixel noise away: a colour of its own tells one image from the next.
    colour = generator.standard_normal((tensor.shape[0], 1, 1), dtype=np.float32)
    return (noise + colour) * np.float32(0.5**0.5)
