"""Where one quantity passes another, when both are known with an error."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A place where a difference changes sign, and the stretch in which it may do so."""

    at: float
    low: float | None
    """Last place before at which the sign is sure; None where it is sure nowhere before."""
    high: float | None
    is_rising: bool
    """Whether the difference is below zero before, and above it after."""


def crossings(
    places: Numbers, differences: Numbers, errors: Numbers, limit: float
) -> tuple[Crossing, ...]:
    """Find where a difference changes sign for sure, at least on one side.

    Args:
        places: (n,) rising, all positive; between two of them differences are straight in the
            logarithm.
        differences: (n,).
        errors: (n,) their standard errors.
        limit: Standard errors beyond which a sign is sure.
    """
    sure = np.where(np.abs(differences) > limit * errors, np.sign(differences), 0.0)
    decided = [int(place) for place in np.flatnonzero(sure)]
    if not decided:
        return ()
    found = []
    stretches: list[tuple[int | None, int | None]] = [
        (None, decided[0]),
        *((a, b) for a, b in pairwise(decided) if sure[a] != sure[b]),
        (decided[-1], None),
    ]
    for low, high in stretches:
        root = _root(places, differences, low or 0, places.size - 1 if high is None else high)
        if root is not None:
            at, is_rising = root
            found.append(
                Crossing(
                    at=at,
                    low=None if low is None else float(places[low]),
                    high=None if high is None else float(places[high]),
                    is_rising=is_rising,
                )
            )
    return tuple(found)


def _root(places: Numbers, differences: Numbers, low: int, high: int) -> tuple[float, bool] | None:
    """Return the middle one of the sign changes in a stretch, if its ends differ in sign."""
    first, last = differences[low], differences[high]
    if low == high or (first < 0) == (last < 0):
        return None
    stretch = differences[low : high + 1] < 0
    changes = np.flatnonzero(stretch[1:] != stretch[:-1]) + low
    place = int(changes[changes.size // 2])
    before, after = differences[place], differences[place + 1]
    share = before / (before - after)
    at = float(places[place] * (places[place + 1] / places[place]) ** share)
    return at, bool(first < 0)
