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


def dense(inputs: int, outputs: int, *, rows: int = 1, repeat: int = 1) -> Step:
    """Return the step of a fully connected layer on `rows` vectors."""
    return Step(
        multiplies=rows * inputs * outputs,
        inner=inputs,
        reads=rows * inputs,
        writes=rows * outputs,
        repeat=repeat,
    )
