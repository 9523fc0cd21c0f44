"""Intervals of single numbers: how far one may move while the others make the best of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
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


_Point = tuple[float, float]
"""An offset, and the profile's t there."""


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
    _, slopes = model(numbers[None])
    normal = slopes[0].T @ slopes[0]
    if not np.linalg.cond(normal) < _SINGULAR:
        return None, None
    variance = max(squares / degrees, np.finfo(np.float64).tiny)
    covariance = np.linalg.inv(normal) * variance
    limit = student_t_quantile((1 + _CONFIDENCE) / 2, degrees)
    profile = _Profile(
        model=model,
        numbers=numbers,
        place=place,
        squares=squares,
        variance=variance,
        follow=covariance[:, place] / covariance[place, place],
        limit=limit,
        half_width=limit * math.sqrt(covariance[place, place]),
    )
    return profile.end(-1.0), profile.end(1.0)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Profile:
    """One number of a fit, moved away from its best value."""

    model: Model
    numbers: Numbers
    place: int
    squares: float
    variance: float
    follow: Numbers
    """How the others follow in a straight model."""
    limit: float
    """Of the profile's t."""
    half_width: float
    """Of the interval that a straight model would have."""

    def end(self, sign: float) -> float | None:
        """Return the value at which the profile first reaches its limit; None where it does not."""
        for reaches in (_NEAR, _FAR):
            offsets = reaches * self.half_width
            bracket = _bracket(offsets, self.height(sign * offsets), self.limit)
            if bracket is not None:
                reach = self._narrowed(sign, bracket)
                return None if reach is None else float(self.numbers[self.place]) + sign * reach
        return None

    def height(self, offsets: Numbers) -> Numbers:
        """Return the profile's t at offsets from the best value, without its sign.

        The others start where they would be in a straight model, or stay: far away the straight
        guess may not be allowed.
        """
        straight = self.numbers + offsets[:, None] * self.follow
        stay = np.broadcast_to(self.numbers, straight.shape).copy()
        stay[:, self.place] = straight[:, self.place]
        guessed, stayed = (minimise(self.model, one, ()).squares for one in (straight, stay))
        start = np.where((guessed <= stayed)[:, None], straight, stay)
        free = [other for other in range(self.numbers.size) if other != self.place]
        found = minimise(self.model, start, free).squares
        heights: Numbers = np.sqrt(np.maximum(found - self.squares, 0) / self.variance)
        return heights

    def _narrowed(self, sign: float, bracket: tuple[_Point, _Point]) -> float | None:
        """Halve a wide bracket until it is narrow, then take it for straight.

        None where the limit is not reached before numbers that are not allowed.
        """
        inner, outer = bracket
        for _ in range(_MOST_ROUNDS):
            if outer[0] - inner[0] <= _NARROW * self.half_width and math.isfinite(outer[1]):
                break
            middle = (inner[0] + outer[0]) / 2
            point = (middle, float(self.height(sign * np.array([middle]))[0]))
            inner, outer = (point, outer) if point[1] < self.limit else (inner, point)
        if not math.isfinite(outer[1]):
            return None
        share = (self.limit - inner[1]) / (outer[1] - inner[1])
        return inner[0] + (outer[0] - inner[0]) * share


def _bracket(offsets: Numbers, heights: Numbers, limit: float) -> tuple[_Point, _Point] | None:
    """Find the first stretch in which the profile reaches its limit; None where it does not."""
    above = np.flatnonzero(heights >= limit)
    if above.size == 0:
        return None
    first = int(above[0])
    inner = (0.0, 0.0) if first == 0 else (float(offsets[first - 1]), float(heights[first - 1]))
    return inner, (float(offsets[first]), float(heights[first]))
