"""Intervals of single numbers: how far one may move while the others make the best of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from harness.analyse.scaling.minimise import Model, Numbers, minimise
from harness.statistics.student import student_t_quantile

_CONFIDENCE: Final = 0.95
_NEAR: Final = np.array([0.4, 0.7, 0.85, 1.0, 1.15, 1.35, 1.6, 2.0])
_FAR: Final = np.array([2.0, 2.6, 3.5, 5.0, 8.0, 14.0, 30.0])
"""Where to look, in half-widths of the interval that a straight model would have."""
_NARROW: Final = 0.4
"""Brackets up to that many half-widths need no closer look: the profile's t is nearly straight."""
_MOST_ROUNDS: Final = 8
_SINGULAR: Final = 1e14
"""Condition from which on the data say nothing of some number, within rounding."""


def profile_interval(
    model: Model, numbers: Numbers, place: int, *, squares: float, degrees: int
) -> tuple[float | None, float | None]:
    """Return the ends between which one number's profile stays under Student's t squared.

    The number is moved away from its best value, the others follow it to their own best values,
    and the sum of squares rises; the end is where it has risen by t^2 times the residual variance.
    Source: Bates and Watts, Nonlinear Regression Analysis and Its Applications (1988), section 6.1.

    Args:
        model: See `harness.analyse.scaling.minimise`.
        numbers: (p,) at the minimum.
        place: Of the number.
        squares: There.
        degrees: Of freedom; at least 1.

    Returns:
        Low and high; None where the data leave an end open.
    """
    variance = max(squares / degrees, np.finfo(np.float64).tiny)
    limit = student_t_quantile((1 + _CONFIDENCE) / 2, degrees)
    _, slopes = model(numbers[None])
    normal = slopes[0].T @ slopes[0]
    if not np.linalg.cond(normal) < _SINGULAR:
        return None, None
    covariance = np.linalg.inv(normal) * variance
    error = math.sqrt(covariance[place, place])
    follow = covariance[:, place] / covariance[place, place]
    free = [other for other in range(numbers.size) if other != place]

    def height(offsets: Numbers) -> Numbers:
        """Return the profile's t at offsets from the best value, without its sign."""
        start = numbers + offsets[:, None] * follow
        found = _least(model, numbers, start, place, free)
        heights: Numbers = np.sqrt(np.maximum(found - squares, 0) / variance)
        return heights

    half_width = limit * error
    reaches = _NEAR * half_width
    both = height(np.concatenate([-reaches, reaches]))
    best = float(numbers[place])
    ends = []
    for sign, heights in ((-1.0, both[: reaches.size]), (1.0, both[reaches.size :])):
        bracket = _bracket(reaches, heights, limit)
        if bracket is None:
            further = _FAR * half_width
            bracket = _bracket(further, height(sign * further), limit)
        reach = (
            None
            if bracket is None
            else _narrowed(lambda at, sign=sign: height(sign * at), bracket, half_width, limit)
        )
        ends.append(None if reach is None else best + sign * reach)
    return ends[0], ends[1]


def _least(model: Model, best: Numbers, start: Numbers, place: int, free: list[int]) -> Numbers:
    """Return the least sum of squares with one number held, from the better of two starts.

    Far away the straight guess may not be allowed, or be worse than staying.
    """
    stay = np.broadcast_to(best, start.shape).copy()
    stay[:, place] = start[:, place]
    straight, staying = (minimise(model, numbers, ()).squares for numbers in (start, stay))
    chosen = np.where((straight <= staying)[:, None], start, stay)
    return minimise(model, chosen, free).squares


_Point = tuple[float, float]
"""An offset, and the profile's t there."""


def _bracket(offsets: Numbers, heights: Numbers, limit: float) -> tuple[_Point, _Point] | None:
    """Find the first stretch in which the profile reaches its limit; None where it does not."""
    above = np.flatnonzero(heights >= limit)
    if above.size == 0:
        return None
    first = int(above[0])
    inner = (0.0, 0.0) if first == 0 else (float(offsets[first - 1]), float(heights[first - 1]))
    return inner, (float(offsets[first]), float(heights[first]))


def _narrowed(
    height: Callable[[Numbers], Numbers],
    bracket: tuple[_Point, _Point],
    half_width: float,
    limit: float,
) -> float | None:
    """Halve a wide bracket until it is narrow, then take it for straight.

    None where the limit is not reached before numbers that are not allowed.
    """
    inner, outer = bracket
    for _ in range(_MOST_ROUNDS):
        if outer[0] - inner[0] <= _NARROW * half_width and math.isfinite(outer[1]):
            break
        middle = (inner[0] + outer[0]) / 2
        point = (middle, float(height(np.array([middle]))[0]))
        inner, outer = (point, outer) if point[1] < limit else (inner, point)
    if not math.isfinite(outer[1]):
        return None
    return inner[0] + (outer[0] - inner[0]) * (limit - inner[1]) / (outer[1] - inner[1])
