"""Which form has the most evidence, and which points no form should follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Final

import numpy as np

from harness.analyse.scaling.curve import level
from harness.analyse.scaling.forms import (
    NUMBERS,
    Fitted,
    fit_form,
    fitted,
    free_overhead,
    free_overheads,
    overhead_power,
)
from harness.analyse.scaling.minimise import Numbers
from harness.analyse.scaling.series import Series
from harness.core.scaling import Candidate, Form
from harness.statistics.student import student_t_quantile

_LEAST_RESIDUAL: Final = 1e-6
"""Relative: curves nearer than this to every point are equally good, and the simplest is taken."""
_NEAR: Final = 0.05
"""Residual spread up to which no point is far from the curve."""
_LEVEL: Final = 0.01
"""Probability, over all points, that one that belongs to the law is called an outlier."""
_MOST_SHARE: Final = 4
"""At most one point in so many is an outlier."""
_MOST: Final = 2
_LEFT: Final = 5
"""Points that must be left, so that two degrees of freedom are."""


def candidates(series: Series) -> tuple[tuple[Candidate, ...], Fitted | None]:
    """Fit every form; return them with their evidence, and the one that has the most.

    Below five sizes evidence cannot be weighed, and a power law stands in; below three nothing.

    Source: Hurvich and Tsai, Regression and Time Series Model Selection in Small Samples (1989),
    for the criterion; Burnham and Anderson, Model Selection and Multimodel Inference (2002),
    section 2.9, for the weights.
    """
    fits = {form: fit_form(form, series) for form in Form}
    scores = {
        form: _aicc(found, series.sizes.size) for form, found in fits.items() if found is not None
    }
    known = {form: score for form, score in scores.items() if score is not None}
    least = min(known.values(), default=0.0)
    total = sum(math.exp((least - score) / 2) for score in known.values())
    listed = tuple(
        Candidate(
            form=form,
            numbers=NUMBERS[form],
            aicc=known.get(form),
            weight=math.exp((least - known[form]) / 2) / total if form in known else 0.0,
            residual_spread=None if found is None else found.residual_spread,
        )
        for form, found in fits.items()
    )
    if series.sizes.size < _LEFT:
        return listed, fits[Form.POWER] if series.sizes.size > NUMBERS[Form.POWER] else None
    return listed, fits[min(known, key=lambda form: known[form])]


def _aicc(found: Fitted, sizes: int) -> float | None:
    """Return the criterion; the residual spread is one more number that was fitted."""
    numbers = found.numbers.size + 1
    spare = sizes - numbers - 1
    if spare <= 0:
        return None
    squares = max(found.squares / sizes, _LEAST_RESIDUAL**2)
    return sizes * math.log(squares) + 2 * numbers + 2 * numbers * (numbers + 1) / spare


def outliers(series: Series) -> tuple[int, ...]:
    """Return the places of points that are far from the curve through all others.

    Points are left out one or two at a time, and each must be further from the curve of the rest
    than chance explains. The smallest and the largest are never outliers: there a lone point cannot
    be told from a bend.
    """
    whole = free_overhead(series)
    if whole is None or whole.residual_spread <= _NEAR:
        return ()
    most = min(_MOST, series.sizes.size // _MOST_SHARE, series.sizes.size - _LEFT)
    for number in range(most, 0, -1):
        sets = list(combinations(range(1, series.sizes.size - 1), number))
        found = _far(series, sets)
        if found is not None:
            return found
    return ()


def _far(series: Series, sets: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
    """Fit without each set of points; return the one whose points are all far from the best fit."""
    left = np.ones((len(sets), series.sizes.size))
    for row, one in zip(left, sets, strict=True):
        row[list(one)] = 0.0
    numbers, squares = free_overheads(series, series.weights * left)
    best = int(np.argmin(squares))
    places = list(sets[best])
    rest = series
    for place in sorted(places, reverse=True):
        rest = rest.without(place)
    found = fitted(Form.OVERHEAD_POWER, overhead_power(rest), numbers[best], rest.sizes.size)
    with np.errstate(invalid="ignore"):
        expected = level(found.form, found.numbers, series.sizes[places])
    chances = _LEVEL / 2 / len(sets)
    limit = student_t_quantile(1 - chances, found.degrees)
    error = max(found.residual_spread, _LEAST_RESIDUAL) * np.sqrt(
        1 + _leverage(found, series.sizes[places])
    )
    off = np.abs(series.costs[places] - expected)
    return tuple(places) if bool((off > limit * error).all()) else None


def _leverage(found: Fitted, sizes: Numbers) -> Numbers:
    """Return the variance of the curve at sizes, over that of a residual."""
    grown = np.exp(found.numbers[1] + found.numbers[2] * sizes)
    cost = found.numbers[0] + grown
    slopes = np.stack([1 / cost, grown / cost, grown * sizes / cost], axis=1)
    variance: Numbers = np.einsum("np,pq,nq->n", slopes, found.covariance, slopes)
    return variance
