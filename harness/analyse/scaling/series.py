"""Points as arrays for fitting: logarithms, centred, with weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from harness.analyse.scaling.minimise import Numbers
from harness.core.scaling import SizePoint

_LEAST_SPREAD: Final = 0.005
"""Relative. No point is known better than a runtime's own choice of kernel makes it differ."""
_OWN: Final = 0.25
"""Share of a point's own variance beside the typical one. Of five trials a variance has four
degrees of freedom; as its own it would cost the intervals two per cent of their coverage."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Points of one law, by growing size."""

    sizes: Numbers
    """(n,) natural logarithm, over `size_unit`."""
    costs: Numbers
    """(n,) natural logarithm, over `cost_unit`."""
    weights: Numbers
    """(n,) with mean 1: inverse variances, as far as they are known."""
    size_unit: float
    cost_unit: float

    def without(self, place: int) -> Series:
        """Leave one point out; units stay."""
        kept = np.arange(self.sizes.size) != place
        weights = self.weights[kept]
        return replace(
            self,
            sizes=self.sizes[kept],
            costs=self.costs[kept],
            weights=weights / weights.mean(),
        )


def series_of(points: Sequence[SizePoint]) -> Series:
    """Take logarithms of points that are sorted by size.

    Raises:
        ValueError: there is no point, or a size or cost is not a positive number.
    """
    sizes = np.array([point.size for point in points], dtype=np.float64)
    costs = np.array([point.cost for point in points], dtype=np.float64)
    numbers = np.concatenate([sizes, costs])
    if not (sizes.size and (numbers > 0).all() and np.isfinite(numbers).all()):
        raise ValueError("expected at least one point, sizes and costs all positive")
    size_unit, cost_unit = (math.exp(np.log(values).mean()) for values in (sizes, costs))
    return Series(
        sizes=np.log(sizes / size_unit),
        costs=np.log(costs / cost_unit),
        weights=np.ones(sizes.size),
        size_unit=size_unit,
        cost_unit=cost_unit,
    )


def weighted(series: Series, points: Sequence[SizePoint], misfit: float) -> Series:
    """Weigh points by how well they are known, and by how far they are off the curve anyway.

    A size's kernels depart from any law, so that even a point that is known exactly weighs no more
    than the misfit allows. A spread over few trials is itself uncertain, and is drawn to the
    typical one.

    Args:
        series: Of these points.
        points: In the same order.
        misfit: Relative standard deviation of unweighted residuals.
    """
    known = [point.spread for point in points if point.spread is not None]
    if not known:
        return series
    typical = float(np.median(known))
    own = np.array([typical if p.spread is None else p.spread for p in points], dtype=np.float64)
    shrunk = _OWN * own**2 + (1 - _OWN) * typical**2
    variances = np.maximum(shrunk, _LEAST_SPREAD**2)
    extra = max(misfit**2 - float(variances.mean()), 0.0)
    weights = 1 / (variances + extra)
    return replace(series, weights=weights / weights.mean())
