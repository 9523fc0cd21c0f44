"""The exponent beyond the largest size: the curve's own, drawn to that of the work."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from harness.analyse.scaling.forms import Fitted
from harness.analyse.scaling.minimise import Numbers
from harness.analyse.scaling.series import Series
from harness.analyse.scaling.work import Work
from harness.core.scaling import Form

EFFICIENCY: Final = 0.05
"""How far the exponent of the cost strays from that of the work, for good: larger products are
more efficient, larger weights less so. A cost that strays by more for many decades is seen by the
curve itself. Chosen; from 0.03 to 0.08 the number of latency laws of the reference machine that
predict their largest size within 15 % changes by one of 24."""
_CORRELATED: Final = 2.0
"""Neighbours share what departs from the curve, which makes its own exponent less sure: at a
correlation of one half the variance of a mean is (1 + 0.5) / (1 - 0.5) = 3 times that of
independent points, 2 more."""
_PLACES: Final = {Form.POWER: 1, Form.OVERHEAD_POWER: 2, Form.TWO_REGIONS: 3}
"""Of the exponent of large networks among a form's numbers."""
_LEAST_VARIANCE: Final = 1e-12
_ROUNDING: Final = 1e-9


def tail_of(
    fitted: Fitted, series: Series, work: Work, structure: float
) -> tuple[float, float] | None:
    """Return the exponent beyond the largest size and its standard error; None of a constant.

    The curve's exponent less the work's, over the sizes that were measured, says how efficiency
    changes with the size. It is drawn to zero, by inverse variances, and added to the exponent of
    the work ahead.

    Args:
        fitted: The curve.
        series: What it was fitted to.
        work: Of the same points.
        structure: See `harness.core.scaling.Curve`.
    """
    if fitted.form is Form.CONSTANT:
        return None
    place = _PLACES[fitted.form]
    residual = fitted.residual_spread**2 * (1 + _CORRELATED * structure)
    variance = max(float(fitted.covariance[place, place]) * residual, _LEAST_VARIANCE)
    own, prior = 1 / variance, 1 / EFFICIENCY**2
    strays = float(fitted.numbers[place]) - _slope(
        series.sizes, work.logarithms, _share(fitted, series)
    )
    return work.ahead + strays * own / (own + prior), math.sqrt(1 / (own + prior))


def _share(fitted: Fitted, series: Series) -> Numbers:
    """Return how much each point says of the exponent of large networks: 0 to 1."""
    if fitted.form is Form.OVERHEAD_POWER:
        grown = np.exp(fitted.numbers[1] + fitted.numbers[2] * series.sizes)
        share: Numbers = grown / (grown + fitted.numbers[0])
        return share
    if fitted.form is Form.TWO_REGIONS:
        upper: Numbers = (series.sizes >= fitted.numbers[1] - _ROUNDING).astype(np.float64)
        return upper
    return np.ones_like(series.sizes)


def _slope(sizes: Numbers, logarithms: Numbers, weights: Numbers) -> float:
    """Return the slope of the weighted straight line."""
    off = sizes - (weights @ sizes) / weights.sum()
    return float((weights * off) @ logarithms / ((weights * off) @ off))
