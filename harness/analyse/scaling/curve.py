"""A curve read at a size: the law's own cost, a network's cost, and the size at a cost."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from harness.analyse.scaling.forms import Fitted
from harness.analyse.scaling.minimise import Numbers
from harness.analyse.scaling.series import Series
from harness.core.scaling import Curve, Estimate, Form
from harness.statistics.beta import incomplete_beta
from harness.statistics.student import student_t_quantile

_TAIL_PRIOR: Final = (1.0, 0.05)
"""Exponent of a network's work in its parameter count, and how far it strays.
Source: `model_zoo.cost`: from 1e6 to 1e8 parameters the exponent of the FLOPs is 0.86 to 1.13 in
seven of the eight families, half of the steps within 0.02 of 1."""
_CORRELATED: Final = 2.0
"""Neighbours share what departs from the curve, which makes its own exponent less sure: at a
correlation of one half the variance of a mean is (1 + 0.5) / (1 - 0.5) = 3 times that of
independent points, 2 more."""
_APART: Final = math.log(10) / 2
"""Half a decade: networks that far apart share half of what departs from the curve."""
_CONFIDENCE: Final = 0.95
_STEPS: Final = 600
"""Sizes that are looked at for a cost, over all decades."""


def curve_of(fitted: Fitted, series: Series, *, structure: float, has_work: bool) -> Curve:
    """Make a curve of a fit.

    Args:
        fitted: The chosen form.
        series: What it was fitted to.
        structure: See `harness.core.scaling.Curve`.
        has_work: Whether sizes are parameter counts, so that the exponent far out is near 1.
    """
    variance = fitted.residual_spread**2
    residuals = series.costs - level(fitted.form, fitted.numbers, series.sizes)
    place = {Form.POWER: 1, Form.OVERHEAD_POWER: 2, Form.TWO_REGIONS: 3}.get(fitted.form)
    tail = None
    if has_work and place is not None:
        own = fitted.covariance[place, place] * variance * (1 + _CORRELATED * structure)
        tail = _shrunk(float(fitted.numbers[place]), max(float(own), 1e-12))
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
        tail=tail,
    )


def level(form: Form, numbers: Numbers, sizes: Numbers) -> Numbers:
    """Return the logarithm of the curve at sizes (n,), both in the curve's units."""
    if form is Form.CONSTANT:
        return np.full_like(sizes, numbers[0])
    if form is Form.POWER:
        return numbers[0] + numbers[1] * sizes
    if form is Form.OVERHEAD_POWER:
        grown: Numbers = np.log(numbers[0] + np.exp(numbers[1] + numbers[2] * sizes))
        return grown
    off = sizes - numbers[1]
    broken: Numbers = numbers[0] + numbers[2] * np.minimum(off, 0) + numbers[3] * np.maximum(off, 0)
    return broken


def curve_at(curve: Curve, size: float) -> Estimate:
    """Return the cost on the curve at a size with the interval of the curve itself."""
    place = math.log(size / curve.size_unit)
    return _estimate(curve, _curve_level(curve, place), _curve_variance(curve, place))


def cost_at(curve: Curve, size: float) -> Estimate:
    """Return the cost at a size with the interval for one network of that size.

    What measured neighbours have in common beyond the curve is counted: between two sizes their
    residuals are interpolated, beyond the largest its own is kept and the exponent is drawn to 1.
    """
    place = math.log(size / curve.size_unit)
    return _estimate(curve, _network_level(curve, place), _network_variance(curve, place))


def probability_within(curve: Curve, size: float, cost: float) -> float:
    """Return the probability that a network of this size costs no more."""
    place = math.log(size / curve.size_unit)
    gap = math.log(cost / curve.cost_unit) - _network_level(curve, place)
    error = math.sqrt(_network_variance(curve, place))
    if error == 0:
        return float(gap >= 0)
    degrees = max(curve.degrees, 1)
    t = gap / error
    square = t * t / (degrees + t * t)
    outside = incomplete_beta(degrees / 2, 1 / 2, 1 - square, square) / 2
    return 1 - outside if t > 0 else outside


def size_at(curve: Curve, cost: float, low: float, high: float) -> float | None:
    """Return the largest size between two at which a network costs no more; None where none does.

    Costs need not rise everywhere, so all sizes in between are looked at.
    """
    places = np.linspace(math.log(low), math.log(high), _STEPS) - math.log(curve.size_unit)
    limit = math.log(cost / curve.cost_unit)
    over = np.array([_network_level(curve, float(place)) for place in places]) - limit
    within = np.flatnonzero(over <= 0)
    if within.size == 0:
        return None
    last = int(within[-1])
    if last == places.size - 1:
        return high
    share = float(over[last] / (over[last] - over[last + 1]))
    return curve.size_unit * math.exp(places[last] + share * (places[last + 1] - places[last]))


def _estimate(curve: Curve, centre: float, variance: float) -> Estimate:
    value = curve.cost_unit * math.exp(centre)
    if not curve.degrees:
        return Estimate(value=value, low=None, high=None)
    quantile = student_t_quantile((1 + _CONFIDENCE) / 2, curve.degrees)
    half = min(quantile * math.sqrt(max(variance, 0.0)), 500.0)
    return Estimate(value=value, low=value * math.exp(-half), high=value * math.exp(half))


def _curve_level(curve: Curve, place: float) -> float:
    return float(level(curve.form, np.array(curve.numbers), np.array([place]))[0])


def _curve_variance(curve: Curve, place: float) -> float:
    """Return the variance of the curve's logarithm, from the covariance of its numbers."""
    slopes = _slopes(curve, place)
    return float(slopes @ np.array(curve.covariance) @ slopes)


def _slopes(curve: Curve, place: float) -> Numbers:
    """Return how the curve's logarithm changes with each of its numbers."""
    if curve.form is Form.CONSTANT:
        return np.ones(1)
    if curve.form is Form.POWER:
        return np.array([1.0, place])
    if curve.form is Form.OVERHEAD_POWER:
        grown = math.exp(curve.numbers[1] + curve.numbers[2] * place)
        cost = curve.numbers[0] + grown
        return np.array([1 / cost, grown / cost, grown * place / cost])
    off = place - curve.numbers[1]
    slope = curve.numbers[2] if off < 0 else curve.numbers[3]
    return np.array([1.0, -slope, min(off, 0.0), max(off, 0.0)])


def _network_level(curve: Curve, place: float) -> float:
    shared = float(np.interp(place, curve.sizes, curve.residuals)) * curve.structure
    last = curve.sizes[-1]
    if place <= last or curve.tail is None:
        return _curve_level(curve, place) + shared
    overhead = curve.numbers[0] if curve.form is Form.OVERHEAD_POWER else 0.0
    grown = math.exp(_curve_level(curve, last)) - overhead
    return math.log(overhead + grown * math.exp(curve.tail[0] * (place - last))) + shared


def _network_variance(curve: Curve, place: float) -> float:
    """Return the variance of a network's cost: less near a measured size, more far beyond."""
    last = curve.sizes[-1]
    nearest = min(abs(place - size) for size in curve.sizes)
    common = curve.structure * math.exp2(-nearest / _APART)
    at = min(place, last) if curve.tail is not None else place
    own = (1 - common) * (curve.residual_spread**2 + _curve_variance(curve, at))
    beyond = max(place - last, 0.0) * curve.tail[1] if curve.tail is not None else 0.0
    trials = (1 - curve.structure) * curve.residual_spread**2
    return max(own, trials) + beyond**2


def _shrunk(exponent: float, variance: float) -> tuple[float, float]:
    """Draw an exponent towards that of the work: the mean weighted by inverse variances."""
    centre, error = _TAIL_PRIOR
    own, known = 1 / variance, 1 / error**2
    mean = (own * exponent + known * centre) / (own + known)
    return mean, math.sqrt(1 / (own + known))
