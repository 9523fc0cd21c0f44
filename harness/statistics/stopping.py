"""When a sampler looks whether it has enough."""

from __future__ import annotations

from collections.abc import Iterator

_FIRST = 50
"""Enough for an interval of the median under strong dependence (effective size an eighth)."""


def checkpoints(first: int = _FIRST) -> Iterator[int]:
    """Yield numbers of samples, each twice the one before, without end.

    Looking seldom keeps the interval honest: a rule that looks after every sample stops at the
    first lucky one.

    Raises:
        ValueError: `first` is not positive.
    """
    if first < 1:
        raise ValueError(f"first checkpoint at {first} samples; expected at least 1")
    return _doubling(first)


def _doubling(first: int) -> Iterator[int]:
    samples = first
    while True:
        yield samples
        samples *= 2
