"""The regression and correlation tables, as statisticians print them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from harness.analyse.scaling.minimise import Numbers
from harness.core.scaling import Coefficient, Regression, SizePoint
from harness.statistics.beta import incomplete_beta

_FEWEST = 3


def regression(points: Sequence[SizePoint], reference: float) -> Regression | None:
    """Fit a straight line to the logarithms by ordinary least squares.

    Returns:
        None with fewer than three points, or one size only.
    """
    sizes = np.log([point.size / reference for point in points])
    costs = np.log([point.cost for point in points])
    if sizes.size < _FEWEST or np.ptp(sizes) == 0:
        return None
    degrees = sizes.size - 2
    centred = sizes - sizes.mean()
    spread = float(centred @ centred)
    slope = float(centred @ costs) / spread
    intercept = float(costs.mean() - slope * sizes.mean())
    residuals = costs - intercept - slope * sizes
    variance = float(residuals @ residuals) / degrees
    errors = (
        math.sqrt(variance * (1 / sizes.size + float(sizes.mean()) ** 2 / spread)),
        math.sqrt(variance / spread),
    )
    total = float(((costs - costs.mean()) ** 2).sum())
    return Regression(
        n=sizes.size,
        rows=(
            _row(f"ln cost at {reference:g}", intercept, errors[0], degrees),
            _row("exponent", slope, errors[1], degrees),
        ),
        r_squared=1 - float(residuals @ residuals) / total if total > 0 else None,
        pearson=_correlation("Pearson, logarithms", sizes, costs),
        spearman=_correlation("Spearman", _ranks(sizes), _ranks(costs)),
    )


def _row(name: str, estimate: float, error: float, degrees: int) -> Coefficient:
    if error == 0:
        return Coefficient(name=name, estimate=estimate, standard_error=error, t=None, p=None)
    t = estimate / error
    return Coefficient(
        name=name, estimate=estimate, standard_error=error, t=t, p=two_sided(t, degrees)
    )


def _correlation(name: str, first: Numbers, second: Numbers) -> Coefficient:
    """Return a correlation; its p by Student's t, as for independent normal pairs."""
    a, b = first - first.mean(), second - second.mean()
    scale = math.sqrt(float(a @ a) * float(b @ b))
    if scale == 0:
        return Coefficient(name=name, estimate=0.0, standard_error=None, t=None, p=None)
    r = max(-1.0, min(1.0, float(a @ b) / scale))
    degrees = first.size - 2
    left = 1 - r * r
    if left <= np.finfo(np.float64).eps:
        return Coefficient(name=name, estimate=r, standard_error=0.0, t=None, p=None)
    error = math.sqrt(left / degrees)
    return Coefficient(
        name=name, estimate=r, standard_error=error, t=r / error, p=two_sided(r / error, degrees)
    )


def two_sided(t: float, degrees: int) -> float:
    """Return the probability that Student's t is further from zero than this.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.1.
    """
    rest = t * t / (degrees + t * t)
    return incomplete_beta(degrees / 2, 1 / 2, degrees / (degrees + t * t), rest)


def _ranks(values: Numbers) -> Numbers:
    """Rank values from 1; equal ones share the mean of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Numbers = (ends - (counts - 1) / 2)[places]
    return ranks
