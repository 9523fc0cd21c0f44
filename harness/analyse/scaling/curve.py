"""A curve read at a size: the law's own cost, a network's cost, and the size at a cost."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from harness.analyse.scaling.forms import Fitted
from harness.analyse.scaling.minimise import Numbers
from harness.analyse.scaling.series import Series
from harness.analyse.scaling.tail import tail_of
from harness.analyse.scaling.work import Work
from harness.core.scaling import Curve, Estimate, Form
from harness.statistics.beta import incomplete_beta
from harness.statistics.student import student_t_quantile

_APART: Final = math.log(10) / 2
"""Half a decade: networks that far apart share half of what departs from the curve."""
_CONFIDENCE: Final = 0.95
_LARGEST_LOG: Final = 500.0
_STEPS: Final = 600
"""Sizes that are looked at for a cost, over all decades."""


def curve_of(fitted: Fitted, series: Series, *, structure: float, work: Work | None) -> Curve:
    """Make a curve of a fit.

    Args:
        fitted: The chosen form.
        series: What it was fitted to.
        structure: See `harness.core.scaling.Curve`.
        work: Of the same points; None where they are no networks: then the curve just goes on.
    """
    variance = fitted.residual_spread**2
    residuals = series.costs - level(fitted.form, fitted.numbers, series.sizes)
    return Curve(
        form=fitted.form,
        numbers=tuple(map(float, fitted.numbers)),
        covariance=tuple(tuple(map(float, row)) for row in fitted.covariance * variance),
        degrees=fitted.degrees,
        residual_spread=fitted.residual_spread,
        size_unit=series.size_unit,
        cost_unit=series.cost_unit,
        sizes=tuple(map(float, series.sizes)),
        residuals=tuple(map(float, residuals)),
        structure=structure,
        tail=None if work is None else tail_of(fitted, series, work, structure),
    )


def level(form: Form, numbers: Numbers, sizes: Numbers) -> Numbers:
    """Return the logarithm of the curve at sizes (n,), both in the curve's units."""
    if form is Form.CONSTANT:
        return np.full_like(sizes, numbers[0])
    if form is Form.POWER:
        straight: Numbers = numbers[0] + numbers[1] * sizes
        return straight
    if form is Form.OVERHEAD_POWER:
        grown: Numbers = np.log(numbers[0] + np.exp(numbers[1] + numbers[2] * sizes))
        return grown
    off = sizes - numbers[1]
    broken: Numbers = numbers[0] + numbers[2] * np.minimum(off, 0) + numbers[3] * np.maximum(off, 0)
    return broken


def curve_at(curve: Curve, size: float) -> Estimate:
    """Return the cost on the curve at a size with the interval of the curve itself."""
    place = _places(curve, np.array([size]))
    return _estimate(curve, _curve_levels(curve, place), _curve_variances(curve, place))


def cost_at(curve: Curve, size: float) -> Estimate:
    """Return the cost at a size with the interval for one network of that size.

    What measured neighbours have in common beyond the curve is counted: between two sizes their
    residuals are interpolated, beyond the largest its own is kept and the exponent is drawn to that
    of the work.
    """
    logarithms, variances = network_logarithms(curve, np.array([size]))
    return _estimate(curve, logarithms - math.log(curve.cost_unit), variances)


def network_logarithms(curve: Curve, sizes: Numbers) -> tuple[Numbers, Numbers]:
    """Return the logarithm of a network's cost at sizes (n,), and its variance (n,)."""
    places = _places(curve, sizes)
    return _network_levels(curve, places) + math.log(curve.cost_unit), _variances(curve, places)


def probability_within(curve: Curve, size: float, cost: float) -> float:
    """Return the probability that a network of this size costs no more."""
    logarithms, variances = network_logarithms(curve, np.array([size]))
    gap = math.log(cost) - float(logarithms[0])
    error = math.sqrt(float(variances[0]))
    if error == 0:
        return float(gap >= 0)
    degrees = max(curve.degrees, 1)
    square = (gap / error) ** 2
    share = degrees / (degrees + square)
    outside = incomplete_beta(degrees / 2, 1 / 2, share, square / (degrees + square)) / 2
    return 1 - outside if gap > 0 else outside


def size_at(curve: Curve, cost: float, low: float, high: float) -> float | None:
    """Return the largest size between two at which a network costs no more; None where none does.

    Costs need not rise everywhere, so all sizes in between are looked at.
    """
    sizes = np.geomspace(low, high, _STEPS)
    over = network_logarithms(curve, sizes)[0] - math.log(cost)
    within = np.flatnonzero(over <= 0)
    if within.size == 0:
        return None
    last = int(within[-1])
    if last == sizes.size - 1:
        return high
    share = float(over[last] / (over[last] - over[last + 1]))
    return float(sizes[last] * (sizes[last + 1] / sizes[last]) ** share)


def _places(curve: Curve, sizes: Numbers) -> Numbers:
    return np.log(sizes / curve.size_unit)


def _estimate(curve: Curve, centre: Numbers, variance: Numbers) -> Estimate:
    """Make an estimate of a logarithm in the curve's units, each an array of one."""
    value = curve.cost_unit * math.exp(float(centre[0]))
    if not curve.degrees:
        return Estimate(value=value, low=None, high=None)
    quantile = student_t_quantile((1 + _CONFIDENCE) / 2, curve.degrees)
    half = min(quantile * math.sqrt(float(variance[0])), _LARGEST_LOG)
    return Estimate(value=value, low=value * math.exp(-half), high=value * math.exp(half))


def _curve_levels(curve: Curve, places: Numbers) -> Numbers:
    return level(curve.form, np.array(curve.numbers), places)


def _curve_variances(curve: Curve, places: Numbers) -> Numbers:
    """Return the variance of the curve's logarithm, from the covariance of its numbers."""
    slopes = _slopes(curve, places)
    variances: Numbers = np.einsum("np,pq,nq->n", slopes, np.array(curve.covariance), slopes)
    return np.maximum(variances, 0.0)


def _slopes(curve: Curve, places: Numbers) -> Numbers:
    """Return how the curve's logarithm changes with each of its numbers: (n, p)."""
    ones = np.ones_like(places)
    if curve.form is Form.CONSTANT:
        return ones[:, None]
    if curve.form is Form.POWER:
        return np.stack([ones, places], axis=1)
    if curve.form is Form.OVERHEAD_POWER:
        grown = np.exp(curve.numbers[1] + curve.numbers[2] * places)
        cost = curve.numbers[0] + grown
        return np.stack([1 / cost, grown / cost, grown * places / cost], axis=1)
    off = places - curve.numbers[1]
    slope = np.where(off < 0, curve.numbers[2], curve.numbers[3])
    return np.stack([ones, -slope, np.minimum(off, 0), np.maximum(off, 0)], axis=1)


def _network_levels(curve: Curve, places: Numbers) -> Numbers:
    shared = np.interp(places, curve.sizes, curve.residuals) * curve.structure
    if curve.tail is None:
        return _curve_levels(curve, places) + shared
    last = np.array([curve.sizes[-1]])
    overhead = curve.numbers[0] if curve.form is Form.OVERHEAD_POWER else 0.0
    grown = np.exp(_curve_levels(curve, last)) - overhead
    beyond = np.maximum(places - last, 0.0)
    far = np.log(overhead + grown * np.exp(curve.tail[0] * beyond))
    near = _curve_levels(curve, np.minimum(places, last))
    levels: Numbers = np.where(beyond > 0, far, near) + shared
    return levels


def _variances(curve: Curve, places: Numbers) -> Numbers:
    """Return the variance of a network's cost: less near a measured size, more far beyond."""
    last = curve.sizes[-1]
    nearest = np.abs(places[:, None] - np.array(curve.sizes)).min(axis=1)
    common = curve.structure * np.exp2(-nearest / _APART)
    at = places if curve.tail is None else np.minimum(places, last)
    spread = curve.residual_spread**2
    own = (1 - common) * (spread + _curve_variances(curve, at))
    error = 0.0 if curve.tail is None else curve.tail[1]
    beyond = np.maximum(places - last, 0.0) * error
    variances: Numbers = np.maximum(own, (1 - curve.structure) * spread) + beyond**2
    return variances
