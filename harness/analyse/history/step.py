"""From values to lasting steps: cut, judged, and located as an interval.

Tuned on simulated series without a step and with one, by other seeds than those of the studies;
what it reaches is in `docs/history.md`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.analyse.history.segment import Costs, choose, cut
from harness.analyse.history.spikes import clip_spikes, robust_deviation
from harness.analyse.history.spread import (
    Spread,
    spread_around,
    standard_error,
    variance_of_steps,
)
from harness.statistics.array import Numbers
from harness.statistics.student import student_t_quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """How much evidence a step needs."""

    penalty: float
    """Times the logarithm of the number of values, for each cut."""
    z: float
    """Normal deviate of the step; with few values Student's deviate of the same probability."""


ALERT: Final = Sensitivity(penalty=6, z=4.8)
WATCH: Final = Sensitivity(penalty=4, z=4.0)

_FIRST_PENALTY: Final = 4.0
"""Of the cuts around which the spread is first measured."""
_ROBUST_Z: Final = 3.0
"""Normal deviate of the difference of medians: a few odd values make no step."""
_MEDIAN_COST: Final = math.pi / 2
"""Variance of a median over that of a mean, of a normal distribution."""
_FINEST: Final = 0.05
"""Share of the floor below which a spread does not matter: what never varies has none."""
_PASSES: Final = 3
_LOCATION: Final = 7.35
"""Twice the log-likelihood that a place may lack, so that 95 % of intervals hold the true one:
(1 - exp(-x / 2))^2 = 0.95.
Source: Eo and Morley, Likelihood-ratio-based confidence sets for the timing of structural breaks
(2015)."""
_CONFIDENCE: Final = 0.95
_SMALLEST_TAIL: Final = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One lasting step of a series; logarithms are natural."""

    place: int
    """Of the first value after it, most likely."""
    before: int
    """Place of the last value that is surely before it."""
    after: int
    """Place of the first value that is surely after it."""
    log_before: float
    """Level before."""
    log_after: float
    half_width: float
    """Of the 95 % interval of the difference of the two."""


def find_steps(values: Numbers, sensitivity: Sensitivity, floor: float) -> list[Step]:
    """Find the lasting steps of a series.

    Args:
        values: (n,) all above zero, in the order of time, at least five.
        sensitivity: How much evidence a step needs.
        floor: Relative; smaller steps are not reported.

    Returns:
        In the order of time.
    """
    logs = clip_spikes(np.log(values))
    least = (floor * _FINEST) ** 2
    borders = _borders(logs, sensitivity.penalty * math.log(logs.size), least)
    while borders:
        spread = spread_around(logs, borders, least)
        strengths = [
            _strength(before, after, spread, sensitivity, floor)
            for before, after in _sides(logs, borders)
        ]
        weakest = int(np.argmin(strengths))
        if strengths[weakest] >= 1:
            return _located(logs, borders, spread)
        del borders[weakest]
    return []


def _borders(logs: NDArray[np.float64], penalty: float, least: float) -> list[int]:
    """Cut the series on the scale of its own spread, which is measured around its cuts."""
    first = logs / math.sqrt(variance_of_steps(logs, least))
    candidates = borders = cut(first, _FIRST_PENALTY * math.log(logs.size))
    for _ in range(_PASSES):
        scaled = logs / math.sqrt(spread_around(logs, borders, least).long_run)
        found = choose(scaled, candidates, penalty)
        if found == borders:
            break
        borders = found
    return borders


def _sides(
    logs: NDArray[np.float64], borders: list[int]
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    parts = np.split(logs, borders)
    return list(pairwise(parts))


def _strength(
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    spread: Spread,
    sensitivity: Sensitivity,
    floor: float,
) -> float:
    """Return by how much a step passes the hardest of its three tests; below 1 it fails."""
    of_means = abs(float(after.mean() - before.mean()))
    of_medians = abs(float(np.median(after) - np.median(before)))
    error = standard_error(spread, before.size, after.size)
    deviation = robust_deviation(spread.residuals) / math.sqrt(spread.variance)
    robust_error = max(error * deviation * math.sqrt(_MEDIAN_COST), error * _FINEST)
    return min(
        of_means / error / _deviate(sensitivity.z, spread.degrees),
        of_medians / robust_error / _deviate(_ROBUST_Z, spread.degrees),
        math.expm1(min(of_means, of_medians)) / floor,
    )


@lru_cache(maxsize=1 << 12)
def _deviate(z: float, degrees: float) -> float:
    """Return Student's deviate that is as improbable as a normal deviate of `z`."""
    tail = max(math.erfc(z / math.sqrt(2)) / 2, _SMALLEST_TAIL)
    return student_t_quantile(1 - tail, degrees)


def _located(logs: NDArray[np.float64], borders: list[int], spread: Spread) -> list[Step]:
    costs = Costs(logs)
    quantile = student_t_quantile((1 + _CONFIDENCE) / 2, spread.degrees)
    ends = [0, *borders, logs.size]
    steps = []
    for start, border, end in zip(ends[:-2], borders, ends[2:], strict=True):
        before, after = logs[start:border], logs[border:end]
        first, last = _interval(costs, (start, border, end), spread.long_run)
        steps.append(
            Step(
                place=border,
                before=first - 1,
                after=last,
                log_before=float(before.mean()),
                log_after=float(after.mean()),
                half_width=quantile * standard_error(spread, before.size, after.size),
            )
        )
    return steps


def _interval(costs: Costs, around: tuple[int, int, int], variance: float) -> tuple[int, int]:
    """Return the first and last place at which the second level may begin."""
    start, border, end = around
    places = np.arange(start + 1, end)
    total = costs.of(np.full(places.shape, start), places) + costs.of(places, end)
    likely = places[total - total[border - start - 1] <= _LOCATION * variance]
    return int(likely[0]), int(likely[-1])
