"""How far a series strays by itself, and how much its values depend on those before them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.analyse.history.spikes import robust_deviation
from harness.statistics.array import Numbers

_FAR: Final = 3.0
"""Standard deviations beyond which a step from run to run does not count in full: it may be one
of the changes that are looked for."""
_ALLOWANCE: Final = 0.25
"""Standard errors that are added to the autocorrelation found: short series hide it."""
_STRONGEST: Final = 0.9
"""Autocorrelation that is believed at most; a series that strays further cannot be judged by a
hundred points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of the logarithms of a series around its levels."""

    variance: float
    """Of one value."""
    inflation: float
    """By dependence: the variance of a mean of n values is `variance * inflation / n`."""
    degrees: float
    """Values behind `variance`, less the levels that were fitted; at least 1."""
    residuals: NDArray[np.float64]
    """(n,) around the levels."""

    @property
    def long_run(self) -> float:
        """Variance that one value is worth in a mean of many."""
        return self.variance * self.inflation


def variance_of_steps(logs: Numbers, least: float) -> float:
    """Return the variance that the steps from run to run stand for; no level enters into it.

    Args:
        logs: (n,) in the order of time.
        least: The smallest that is believed.
    """
    steps = np.diff(logs)
    reach = _FAR * robust_deviation(steps)
    clipped = np.clip(steps, -reach, reach)
    return max(float(np.mean(clipped * clipped)) / 2, least)


def spread_around(logs: Numbers, borders: Sequence[int], least: float) -> Spread:
    """Return the spread around the levels between borders.

    Fitted levels take some of the dependence with them: the autocorrelation of residuals is too
    low by (1 + 3 rho) / n for each, which is given back.
    Source: Kendall, Note on Bias in the Estimation of Autocorrelation (1954), for one level.

    Args:
        logs: (n,) in the order of time.
        borders: First places of the second and later segments, rising.
        least: The smallest variance that is believed.
    """
    residuals = np.array(logs, dtype=np.float64)
    for start, end in pairwise([0, *borders, residuals.size]):
        residuals[start:end] -= residuals[start:end].mean()
    size, levels = residuals.size, len(borders) + 1
    mean_square = float(np.mean(residuals**2))
    variance = max(mean_square * size / max(1, size - levels), least)
    inflation = _inflation(residuals, mean_square, levels)
    return Spread(
        variance=variance,
        inflation=inflation,
        degrees=max(1.0, size - levels),
        residuals=residuals,
    )


def _inflation(residuals: NDArray[np.float64], mean_square: float, levels: int) -> float:
    """Return what dependence of the first order does to the variance of a mean; at least 1."""
    if mean_square == 0:
        return 1.0
    size = residuals.size
    found = float(np.mean(residuals[1:] * residuals[:-1])) / mean_square
    rho = min(max(found + levels * (1 + 3 * found) / size, 0.0), _STRONGEST)
    rho = min(rho + _ALLOWANCE * math.sqrt((1 - rho**2) / size), _STRONGEST)
    return (1 + rho) / (1 - rho)


def standard_error(spread: Spread, before: int, after: int) -> float:
    """Return the standard error of the difference of two levels of so many values each."""
    return math.sqrt(spread.long_run * (1 / before + 1 / after))
