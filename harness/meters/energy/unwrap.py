"""Differences of counters that begin again at zero."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode


def step(before: int, after: int, modulus: int | None) -> int:
    """Return what was counted between two readings, in the counter's unit; never below zero.

    Args:
        before: The earlier reading.
        after: The later one; at most one wrap lies between them, which guards see to.
        modulus: Where the counter begins again; None for one that never should.

    Raises:
        Unavailable: a counter that never wraps went back: its driver was loaded again.
    """
    if after >= before:
        return after - before
    if modulus is None:
        detail = f"the counter went back from {before} to {after}"
        raise Unavailable(ReasonCode.COUNTER_RESET, detail, "its driver was reset; measure again")
    return max(0, after - before + modulus)


def counted(values: Sequence[int], modulus: int | None) -> int:
    """Return what was counted from the first reading to the last, in the counter's unit.

    Raises:
        Unavailable: a counter that never wraps went back.
    """
    return sum(step(before, after, modulus) for before, after in pairwise(values))


def guard_ns(modulus: int | None, unit_j: float, limit_w: float) -> int | None:
    """Return how often a counter must be read so that it wraps once at most, in ns.

    A quarter of the time that the greatest power needs for a whole range; None for no wraps.
    """
    return None if modulus is None else max(1, int(0.25e9 * modulus * unit_j / limit_w))
