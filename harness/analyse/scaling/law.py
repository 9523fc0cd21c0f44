"""From the points of one series to its law."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.analyse.scaling.choose import candidates, outliers
from harness.analyse.scaling.curve import cost_at, curve_of
from harness.analyse.scaling.forms import Fitted, free_overhead
from harness.analyse.scaling.intervals import change_point, regions, report
from harness.analyse.scaling.points import curves_of
from harness.analyse.scaling.regression import regression
from harness.analyse.scaling.series import Series, series_of, weighted
from harness.analyse.scaling.verdict import reasons
from harness.analyse.scaling.work import work_of
from harness.core.record import Record
from harness.core.scaling import (
    Candidate,
    Curve,
    Goodness,
    HeldOut,
    Law,
    SizePoint,
    Subject,
)

_REFERENCE: Final = 1e6
"""Parameters: in the middle of what is measured, and easy to remember."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Chosen:
    """The outcome of one fit of all forms."""

    series: Series
    outliers: tuple[SizePoint, ...]
    candidates: tuple[Candidate, ...]
    fitted: Fitted | None
    curve: Curve | None


def laws(records: Sequence[Record], metrics: Sequence[str] = ()) -> tuple[Law, ...]:
    """Fit one law to each family, target, scenario, batch size and metric that has values.

    Args:
        records: In any order; control cases are left out.
        metrics: Names of the metrics; the usual ones where empty.
    """
    return tuple(fit_points(points, subject) for subject, points in curves_of(records, metrics))


def fit_points(points: Sequence[SizePoint], subject: Subject | None = None) -> Law:
    """Fit one law to points of any order; equal sizes are allowed.

    Raises:
        ValueError: there is no point, or a size or cost is not a positive number.
    """
    ordered = tuple(sorted(points, key=lambda point: (point.size, point.cost)))
    chosen = _choose(ordered, subject)
    reference = float(min(max(_REFERENCE, ordered[0].size), ordered[-1].size))
    numbers = report(chosen.series, reference)
    change = (
        None
        if chosen.fitted is None
        else change_point(chosen.series, chosen.fitted, chosen.candidates)
    )
    held_out = _held_out(ordered, subject)
    goodness = _goodness(ordered, chosen)
    return Law(
        subject=subject,
        points=ordered,
        overhead=None if numbers is None else numbers.overhead,
        coefficient=None if numbers is None else numbers.coefficient,
        exponent=None if numbers is None else numbers.exponent,
        reference=reference,
        at_reference=None if numbers is None else numbers.at_reference,
        change_point=change,
        regions=() if chosen.fitted is None else regions(chosen.series, chosen.fitted, change),
        form=chosen.fitted.form if chosen.fitted else None,
        curve=chosen.curve,
        candidates=chosen.candidates,
        goodness=goodness,
        regression=regression(ordered, reference),
        held_out=held_out,
        outliers=chosen.outliers,
        reasons=reasons(ordered, goodness, held_out),
    )


def _choose(points: tuple[SizePoint, ...], subject: Subject | None) -> _Chosen:
    """Leave out outliers, weigh the rest, fit every form, and take the best."""
    series = series_of(points)
    far = outliers(series)
    kept = tuple(point for place, point in enumerate(points) if place not in far)
    for place in sorted(far, reverse=True):
        series = series.without(place)
    plain = free_overhead(series)
    if plain is not None and plain.degrees:
        series = weighted(series, kept, plain.residual_spread)
    listed, fitted = candidates(series)
    curve = None
    if fitted is not None:
        structure = _structure(kept, fitted.residual_spread)
        curve = curve_of(fitted, series, structure=structure, work=work_of(kept, subject))
    return _Chosen(
        series=series,
        outliers=tuple(points[place] for place in far),
        candidates=listed,
        fitted=fitted,
        curve=curve,
    )


def _structure(points: Sequence[SizePoint], residual: float) -> float:
    """Return the share of the residuals' variance that trials do not explain."""
    trial = trial_spread(points)
    if trial is None or residual == 0:
        return 0.0
    return max(0.0, 1 - (trial / residual) ** 2)


def trial_spread(points: Sequence[SizePoint]) -> float | None:
    """Return the typical relative standard error of a point; None where none is known."""
    known = [point.spread for point in points if point.spread is not None]
    return float(np.sqrt(np.mean(np.square(known)))) if known else None


def _goodness(points: Sequence[SizePoint], chosen: _Chosen) -> Goodness | None:
    if chosen.curve is None:
        return None
    costs = chosen.series.costs
    total = float(((costs - costs.mean()) ** 2).sum())
    left = float(np.square(chosen.curve.residuals).sum())
    return Goodness(
        sizes=len({point.size for point in points}),
        r_squared=1 - left / total if total > 0 else None,
        residual_spread=chosen.curve.residual_spread,
        trial_spread=trial_spread(points),
    )


def _held_out(points: tuple[SizePoint, ...], subject: Subject | None) -> HeldOut | None:
    """Predict the largest size by the law of all others; None where those have no law."""
    largest = points[-1]
    rest = tuple(point for point in points if point.size < largest.size)
    if not rest:
        return None
    chosen = _choose(rest, subject)
    if chosen.curve is None:
        return None
    measured = [math.log(point.cost) for point in points if point.size == largest.size]
    return HeldOut(
        size=largest.size,
        cost=math.exp(sum(measured) / len(measured)),
        predicted=cost_at(chosen.curve, largest.size),
        form=chosen.curve.form,
        decades=math.log10(largest.size / rest[-1].size),
    )
