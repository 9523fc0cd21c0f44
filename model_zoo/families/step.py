"""One matrix product of a network, in numbers: what costs are summed from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A matrix product, convolution or table look-up on one item."""

    multiplies: int
    """Multiply-accumulates."""
    inner: int
    """Length of the sums: the inner dimension; 0 where nothing is summed."""
    reads: int
    """Activations read, in elements."""
    writes: int
    """Activations written, in elements."""
    sequence: int = 1
    """Products one after the other on the longest path; 0 for a branch beside that path."""
    repeat: int = 1
    """How often the step occurs, one occurrence after the other."""
    outputs: int = 0
    """Units of a layer whose own weights are inner x outputs; 0 where it has none of that form."""
    kernel: int = 0
    """Weights of a convolution's kernel between two channels; 0 for a dense layer."""
    normed: bool = False
    """Whether a batch norm follows, so that the layer has no bias of its own."""


def dense(
    inputs: int, outputs: int, *, rows: int = 1, repeat: int = 1, is_layer: bool = True
) -> Step:
    """Return the step of a fully connected layer on `rows` vectors.

    Args:
        inputs: Length of a vector.
        outputs: Length of its product.
        rows: Vectors of one item.
        repeat: How many such layers there are, one after the other.
        is_layer: Whether the weights are a dense layer's own, not a table's or a recurrent one's.
    """
    return Step(
        multiplies=rows * inputs * outputs,
        inner=inputs,
        reads=rows * inputs,
        writes=rows * outputs,
        repeat=repeat,
        outputs=outputs if is_layer else 0,
    )


def pointwise(inputs: int, outputs: int, *, rows: int, repeat: int) -> Step:
    """Return the step of a 1x1 convolution with a batch norm, on `rows` pixels."""
    return Step(
        multiplies=rows * inputs * outputs,
        inner=inputs,
        reads=rows * inputs,
        writes=rows * outputs,
        repeat=repeat,
        outputs=outputs,
        kernel=1,
        normed=True,
    )
