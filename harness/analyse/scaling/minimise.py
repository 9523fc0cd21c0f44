"""Many small least-squares problems at once: Levenberg's and Marquardt's method on arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Model = Callable[[Numbers], tuple[Numbers, Numbers]]
"""From the numbers of k problems (k, p) to residuals (k, n) and their slopes (k, n, p).

Residuals that are not finite say that the numbers are not allowed.
"""

_MOST_STEPS: Final = 100
_CLOSE: Final = 1e-8
"""Relative decrease of the sum of squares at which a problem is solved."""
_TINY: Final = 1e-18
"""Sum of squares that is rounding alone: the points lie on the curve."""
_DAMPING: Final = 1e-3
_EASED, _RAISED = 0.1, 8.0
"""Factors of the damping after a step that helped, and after one that did not.
Source: Marquardt, An Algorithm for Least-Squares Estimation of Nonlinear Parameters (1963), which
has 0.1 and 10."""
_GIVE_UP: Final = 1e8


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """Where k problems ended."""

    numbers: Numbers
    """(k, p)."""
    squares: Numbers
    """(k,) sum of squared residuals; infinite where the start is not allowed."""


def minimise(model: Model, start: Numbers, free: Sequence[int]) -> Minimum:
    """Find the nearest minimum from each start, moving only the free numbers.

    Args:
        model: See `Model`.
        start: (k, p).
        free: Places of the numbers that may move; none of them leaves the start as it is.
    """
    numbers = start.copy()
    places = list(free)
    residuals, slopes = model(numbers)
    squares = _squares(residuals)
    damping = np.full(squares.shape, _DAMPING)
    done = np.zeros(squares.shape, dtype=np.bool_)
    for _ in range(_MOST_STEPS if places else 0):
        trial = numbers.copy()
        trial[:, places] += _step(residuals, slopes[:, :, places], damping)
        new_residuals, new_slopes = model(trial)
        new_squares = _squares(new_residuals)
        better = new_squares < squares
        stuck = better & (new_squares >= (1 - _CLOSE) * squares)
        hopeless = (damping > _GIVE_UP) | ~np.isfinite(squares)
        done |= stuck | hopeless | (squares < _TINY)
        numbers[better], squares[better] = trial[better], new_squares[better]
        residuals[better], slopes[better] = new_residuals[better], new_slopes[better]
        damping = np.where(better, damping * _EASED, damping * _RAISED)
        if done.all():
            break
    return Minimum(numbers, squares)


def _step(residuals: Numbers, slopes: Numbers, damping: Numbers) -> Numbers:
    """Return the damped step of each problem: (k, free)."""
    safe = np.where(np.isfinite(slopes), slopes, 0.0)
    off = np.where(np.isfinite(residuals), residuals, 0.0)
    transposed = safe.transpose(0, 2, 1)
    normal = transposed @ safe
    diagonal = np.einsum("kii->ki", normal)
    diagonal += damping[:, None] * diagonal + np.finfo(np.float64).tiny * 1e30
    downhill = -(transposed @ off[:, :, None])
    solved: Numbers = np.linalg.solve(normal, downhill)[:, :, 0]
    return solved


def _squares(residuals: Numbers) -> Numbers:
    squares: Numbers = np.einsum("kn,kn->k", residuals, residuals)
    return np.where(np.isfinite(squares), squares, np.inf)
