"""Inputs drawn like an example: at another batch size, and others of the same kind. numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from model_zoo.own.locate import BadFactory

Arrays = tuple[NDArray[Any], ...]
"""One array an input, each (batch, ...)."""


def at_batch_size(example: Arrays, batch_size: int) -> Arrays:
    """Return the example's items repeated, or cut, to a batch.

    Inputs without a common first axis are one batch of one, as they are.

    Raises:
        BadFactory: they have no common first axis, and the batch is not one.
    """
    sizes = {array.shape[0] if array.ndim else None for array in example}
    (only,) = sizes if len(sizes) == 1 else (None,)
    if not only:
        if batch_size != 1:
            shapes = ", ".join(str(array.shape) for array in example)
            raise BadFactory(
                f"no batch of {batch_size} of inputs of shapes {shapes}: their first axes differ"
            )
        return example
    places = np.arange(batch_size) % only
    return tuple(np.ascontiguousarray(array[places]) for array in example)


def drawn_like(example: Arrays, seed: int) -> Arrays:
    """Return other inputs of the same shapes and number formats.

    Floats are normal with the example's mean and standard deviation, cut to its range; where it is
    constant they are spread about it by its own size. Integers are drawn evenly from the range
    seen. Truth values are shuffled.

    Raises:
        BadFactory: they equal the example: nothing in it varies.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = tuple(_drawn(array, generator) for array in example)
    if all(np.array_equal(new, old) for new, old in zip(drawn, example, strict=True)):
        raise BadFactory(
            "the example inputs are constant whole numbers: nothing like them differs from them, "
            "and outputs are checked to depend on the inputs; draw them with torch.randint"
        )
    return drawn


def _drawn(array: NDArray[Any], generator: np.random.Generator) -> NDArray[Any]:
    if not array.size:
        return array
    if array.dtype == np.bool_:
        return generator.permuted(array.reshape(-1)).reshape(array.shape)
    low, high = array.min(), array.max()
    if np.issubdtype(array.dtype, np.integer):
        return generator.integers(low, high, array.shape, dtype=array.dtype, endpoint=True)
    if low == high:
        spread = generator.normal(float(low), abs(float(low)) or 1.0, array.shape)
        return spread.astype(array.dtype)
    spread = generator.normal(float(array.mean()), float(array.std()), array.shape)
    return spread.clip(low, high).astype(array.dtype)
