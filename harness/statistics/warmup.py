"""Where a series has left its warm-up behind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.statistics.array import Numbers

_BATCH = 5
"""Samples in a batch. Source: White, Cobb and Spratt, A Comparison of Five Steady-State Truncation
Heuristics for Simulation (2000): MSER-5 does best of its family."""

_FEWEST_BATCHES = 5
"""Batches that must stay: the error of fewer is small by accident."""

_LARGEST_CUT = 0.5
"""Share of the series that may be warm-up; a later cut means that the run was too short.
Source: White, An Effective Truncation Heuristic for Bias Reduction in Simulation Output (1997)."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How many samples at the start belong to the warm-up."""

    cut: int
    """Samples to leave out at the start; 0 where the series is not steady."""
    steady: bool
    """False where no cut in the first half ends the warm-up, or the series is too short to say."""


def mser5(values: Numbers) -> WarmUp:
    """Find the cut after which the mean of the log values would have the smallest standard error.

    A single high value late in a short series can draw the cut behind itself, so that the series
    looks unsteady; a lasting change halfway looks like the end of a warm-up.

    Source: White, An Effective Truncation Heuristic for Bias Reduction in Simulation Output (1997),
    for the rule; in batches of five, as White, Cobb and Spratt (2000) recommend.

    Args:
        values: Durations in the order taken, all positive; those that fill no batch at the end are
            not looked at.

    Raises:
        ValueError: a value is not positive.
    """
    if not (values > 0).all():
        raise ValueError("a value is not positive; expected durations, whose logarithm is taken")
    batches = values.size // _BATCH
    if batches < _FEWEST_BATCHES:
        return WarmUp(cut=0, steady=False)
    logs = np.log(values[: batches * _BATCH])
    squared_errors = _squared_errors(logs.reshape(batches, _BATCH).mean(axis=1))
    cut = int(np.argmin(squared_errors[: batches - _FEWEST_BATCHES + 1])) * _BATCH
    steady = cut <= _LARGEST_CUT * values.size
    return WarmUp(cut=cut if steady else 0, steady=steady)


def _squared_errors(batch_means: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the squared standard error of the mean of what is left after each cut.

    All cuts at once, from sums taken from the end. Centred first: a constant series then has no
    error at all, not one of rounding.
    """
    left = np.arange(batch_means.size, 0, -1)
    backwards = (batch_means - np.median(batch_means))[::-1]
    sums = np.cumsum(backwards)[::-1]
    squares = np.cumsum(backwards**2)[::-1]
    errors: NDArray[np.float64] = np.maximum(squares - sums**2 / left, 0) / left**2
    return errors
