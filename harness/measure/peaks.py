"""The best rate of each of several kinds of work, each tried in turn and again later.

Pieces are short and come round again: an episode in which the machine is slow then spoils one
visit, not all of them. Imports no runtime.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Final

_NS_PER_S: Final = 1e9
Name = tuple[str, str, str]
"""Kind, key and way, for example `("gemm", "fp32", "numpy")`."""

_FEWEST: Final = 3
"""Calls of a visit, however long each takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One kind of work of one size."""

    name: Name
    """Of works that share it the best counts."""
    amount: float
    """What one call does: FLOPs, bytes, or operations."""
    call: Callable[[], object]
    """Do it once, and return when it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to look."""

    visits: int = 6
    seconds: float = 0.03
    """Of one visit to one work."""
    longest: float = 0.25
    """A work whose call takes longer is not visited again, nor is a larger one of its name."""


def best_rates(
    works: Sequence[Work],
    patience: Patience | None = None,
    clock: Callable[[], int] = perf_counter_ns,
) -> Mapping[Name, float]:
    """Return, by name, the largest amount per second that any single call reached."""
    patience = patience or Patience()
    best: dict[Name, float] = {}
    limits: dict[Name, float] = {}
    for _ in range(patience.visits):
        for work in works:
            if work.amount >= limits.get(work.name, float("inf")):
                continue
            least = _visit(work, patience, clock)
            best[work.name] = max(best.get(work.name, 0.0), work.amount / least)
            if least > patience.longest:
                limits[work.name] = work.amount
    return best


def _visit(work: Work, patience: Patience, clock: Callable[[], int]) -> float:
    """Return the seconds of the fastest call of one visit; the first one only warms up."""
    start = clock()
    work.call()
    before = clock()
    least = float("inf")
    if before - start > patience.longest * _NS_PER_S:
        return (before - start) / _NS_PER_S
    calls = 0
    while calls < _FEWEST or before - start < patience.seconds * _NS_PER_S:
        work.call()
        after = clock()
        least = min(least, max(after - before, 1) / _NS_PER_S)
        before = after
        calls += 1
    return least
