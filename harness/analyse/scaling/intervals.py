"""What is reported of a law: overhead, coefficient, exponent and change point, with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.analyse.scaling.forms import (
    Fitted,
    crossing,
    fit_form,
    free_overhead,
    joint_squares,
    joints,
    overhead_power,
)
from harness.analyse.scaling.minimise import Numbers
from harness.analyse.scaling.profile import profile_interval
from harness.analyse.scaling.series import Series
from harness.core.scaling import Bound, Candidate, Estimate, Form, Region
from harness.statistics.student import student_t_quantile

_CONFIDENCE: Final = 0.95
_LAUNCH: Final = 0.5
"""Exponents below it are launch-bound: less than half of a change in size reaches the cost."""
_LARGEST_LOG: Final = 700.0
_OPEN: Final = 0.005
"""Share of the evidence from which on a form is not ruled out. With few sizes the criterion is hard
on a fourth number: at 5 % the interval missed one corner in nine, see the study `laws`."""


Ends = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The numbers of overhead + power, whatever form was chosen."""

    overhead: Estimate
    coefficient: Estimate
    exponent: Estimate
    at_reference: Estimate


def report(series: Series, reference: float) -> Reported | None:
    """Fit overhead + power and give its numbers with profile intervals.

    Where the best overhead is below zero, which no network has, the values are those of the power
    law, and the intervals are those of the free fit, so that they stay right.

    Returns:
        None with fewer than three sizes.
    """
    free = free_overhead(series)
    if free is None:
        return None
    ends = [
        _ends(series, free, place, at)
        for place, at in ((0, 0.0), (1, -math.log(series.size_unit)), (2, 0.0))
    ]
    at = math.log(reference / series.size_unit)
    at_ends = _ends(series, free, 1, at)
    overhead, level, exponent = _best(series, free)
    unit = series.cost_unit
    first = level - exponent * math.log(series.size_unit)
    return Reported(
        overhead=_overhead(overhead * unit, ends[0], unit),
        coefficient=_logarithmic(first, ends[1], unit),
        exponent=_around(exponent, ends[2]),
        at_reference=_logarithmic(level + exponent * at, at_ends, unit),
    )


def change_point(
    series: Series, chosen: Fitted, listed: Sequence[Candidate] = ()
) -> Estimate | None:
    """Return the size at which one region ends and the next begins.

    Of two regions it is the joint; of overhead + power the size at which both parts are equal.
    Where the evidence leaves both forms open, the interval holds what either of them says.

    Args:
        series: The points.
        chosen: The form with the most evidence.
        listed: All forms with theirs; empty for the chosen one alone.

    Returns:
        None where that is outside the sizes, or the form has no change.
    """
    found = _change(series, chosen)
    if found is None or not series.sizes[0] < found.value < series.sizes[-1]:
        return None
    for other in listed:
        if other.form is not chosen.form and other.weight >= _OPEN:
            fitted = fit_form(other.form, series)
            rival = None if fitted is None else _change(series, fitted)
            found = found if rival is None else _wider(found, rival)
    return _logarithmic(found.value, (found.low, found.high), series.size_unit)


def _change(series: Series, chosen: Fitted) -> Estimate | None:
    """Return the logarithm of the size at the change; None where the form has none."""
    if chosen.form is Form.OVERHEAD_POWER:
        return _crossing(series, chosen)
    if chosen.form is Form.TWO_REGIONS:
        return _around(float(chosen.numbers[1]), _joint_ends(series, chosen))
    return None


def _wider(found: Estimate, rival: Estimate) -> Estimate:
    """Stretch an interval over another one."""
    lows, highs = (found.low, rival.low), (found.high, rival.high)
    return Estimate(
        value=found.value,
        low=None if None in lows else min(low for low in lows if low is not None),
        high=None if None in highs else max(high for high in highs if high is not None),
    )


def regions(series: Series, chosen: Fitted, change: Estimate | None) -> tuple[Region, ...]:
    """Name the stretches of sizes on both sides of the change point, with their exponents."""
    first, last = (float(end) for end in np.exp(series.sizes[[0, -1]]) * series.size_unit)
    exponents = _exponents(chosen)
    if change is None:
        (*_, exponent) = exponents
        return (Region(bound=_bound(exponent.value), low=first, high=last, exponent=exponent),)
    below, above = exponents
    return (
        Region(bound=_bound(below.value), low=first, high=change.value, exponent=below),
        Region(bound=_bound(above.value), low=change.value, high=last, exponent=above),
    )


def _bound(exponent: float) -> Bound:
    return Bound.LAUNCH if exponent < _LAUNCH else Bound.THROUGHPUT


def _exponents(chosen: Fitted) -> tuple[Estimate, ...]:
    """Return the exponent of each region; overhead itself has the exponent zero."""
    zero = Estimate(value=0.0, low=0.0, high=0.0)
    if chosen.form is Form.CONSTANT:
        return (zero,)
    if chosen.form is Form.POWER:
        return (_straight(chosen, 1),)
    if chosen.form is Form.OVERHEAD_POWER:
        return (zero, _straight(chosen, 2))
    return (_straight(chosen, 2), _straight(chosen, 3))


def _straight(chosen: Fitted, place: int) -> Estimate:
    """Return a number with the interval of a straight model."""
    value = float(chosen.numbers[place])
    if not chosen.degrees:
        return Estimate(value=value, low=None, high=None)
    error = math.sqrt(chosen.covariance[place, place]) * chosen.residual_spread
    half = student_t_quantile((1 + _CONFIDENCE) / 2, chosen.degrees) * error
    return Estimate(value=value, low=value - half, high=value + half)


def _best(series: Series, free: Fitted) -> tuple[float, float, float]:
    overhead, level, exponent = map(float, free.numbers)
    if overhead > 0:
        return overhead, level, exponent
    power = fit_form(Form.POWER, series)
    assert power is not None  # noqa: S101 - three sizes are enough for two numbers
    return 0.0, float(power.numbers[0]), float(power.numbers[1])


def _ends(series: Series, free: Fitted, place: int, at: float) -> Ends:
    if not free.degrees:
        return None, None
    numbers = free.numbers.copy()
    numbers[1] += numbers[2] * at
    model = overhead_power(series, at)
    return profile_interval(model, numbers, place, squares=free.squares, degrees=free.degrees)


def _crossing(series: Series, chosen: Fitted) -> Estimate:
    overhead, level, exponent = map(float, chosen.numbers)
    joint = (math.log(overhead) - level) / exponent
    if not chosen.degrees:
        return Estimate(value=joint, low=None, high=None)
    numbers = np.array([math.log(overhead), joint, exponent])
    model = crossing(series)
    ends = profile_interval(model, numbers, 1, squares=chosen.squares, degrees=chosen.degrees)
    return _around(joint, ends)


def _joint_ends(series: Series, chosen: Fitted) -> Ends:
    """Return the outermost joints whose squares stay under the limit; open at the ends."""
    if not chosen.degrees:
        return None, None
    tried = joints(series)
    squares, _ = joint_squares(series, tried)
    limit = student_t_quantile((1 + _CONFIDENCE) / 2, chosen.degrees)
    most = squares.min() * (1 + limit**2 / chosen.degrees)
    inside = np.flatnonzero(squares <= most)
    low, high = int(inside[0]), int(inside[-1])
    return (
        None if low == 0 else _meet(tried, squares, low - 1, most),
        None if high == tried.size - 1 else _meet(tried, squares, high, most),
    )


def _meet(tried: Numbers, squares: Numbers, place: int, most: float) -> float:
    """Return where the squares pass the limit between a joint and the next."""
    before, after = squares[place], squares[place + 1]
    share = (most - before) / (after - before)
    return float(tried[place] + share * (tried[place + 1] - tried[place]))


def _around(value: float, ends: Ends) -> Estimate:
    low, high = ends
    return Estimate(
        value=value,
        low=None if low is None else min(low, value),
        high=None if high is None else max(high, value),
    )


def _overhead(value: float, ends: Ends, unit: float) -> Estimate:
    low, high = (None if end is None else max(end * unit, 0.0) for end in ends)
    return _around(value, (0.0 if low is None else low, high))


def _logarithmic(value: float, ends: Ends, unit: float) -> Estimate:
    low, high = (None if end is None else _exp(end, unit) for end in ends)
    return _around(_exp(value, unit), (low, high))


def _exp(logarithm: float, unit: float) -> float:
    return math.exp(max(min(logarithm + math.log(unit), _LARGEST_LOG), -_LARGEST_LOG))
