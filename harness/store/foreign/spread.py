"""The figures that pytest-benchmark keeps of a benchmark's rounds, by its own definitions.

Source: pytest-benchmark 5.3.1, documentation of its statistics; quartiles by Moore and McCabe's
method for an even number of rounds, by interpolation ("method 3") for an odd one.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from statistics import median
from typing import Final

_FENCE: Final = 1.5
"""Interquartile ranges beyond which a value is an outlier. Source: Tukey (1977)."""


def spread(seconds: Sequence[float]) -> dict[str, float | int | str]:
    """Work out every figure of at least one round, each in seconds."""
    ordered = sorted(seconds)
    total = math.fsum(ordered)
    mean = total / len(ordered)
    deviation = _deviation(ordered, mean)
    first, third = _quartiles(ordered)
    low, high = first - _FENCE * (third - first), third + _FENCE * (third - first)
    beyond_deviation = _outside(ordered, mean - deviation, mean + deviation)
    beyond_fence = _outside(ordered, low, high)
    return {
        "min": ordered[0],
        "max": ordered[-1],
        "mean": mean,
        "stddev": deviation,
        "rounds": len(ordered),
        "median": median(ordered),
        "iqr": third - first,
        "q1": first,
        "q3": third,
        "iqr_outliers": beyond_fence,
        "stddev_outliers": beyond_deviation,
        "outliers": f"{beyond_deviation};{beyond_fence}",
        "ld15iqr": ordered[bisect_left(ordered, low)],
        "hd15iqr": ordered[bisect_right(ordered, high) - 1],
        "ops": len(ordered) / total if total else 0,
        "total": total,
    }


def _deviation(ordered: Sequence[float], mean: float) -> float:
    """Return the standard deviation of a sample; 0 where there is one value, as its own."""
    if len(ordered) == 1:
        return 0.0
    return math.sqrt(math.fsum((value - mean) ** 2 for value in ordered) / (len(ordered) - 1))


def _quartiles(ordered: Sequence[float]) -> tuple[float, float]:
    rounds = len(ordered)
    if rounds == 1:
        return ordered[0], ordered[0]
    if rounds % 2 == 0:
        return median(ordered[: rounds // 2]), median(ordered[rounds // 2 :])
    place, rest = divmod(rounds, 4)
    share = 0.25 if rest == 1 else 0.75
    near = place - 1 if rest == 1 else place
    first = share * ordered[near] + (1 - share) * ordered[near + 1]
    far = rounds - 1 - near
    return first, share * ordered[far] + (1 - share) * ordered[far - 1]


def _outside(ordered: Sequence[float], low: float, high: float) -> int:
    return bisect_left(ordered, low) + len(ordered) - bisect_right(ordered, high)
