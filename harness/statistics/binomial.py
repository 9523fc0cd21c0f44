"""The binomial distribution, as far as order statistics need it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from harness.statistics.array import Positions

_REACH_IN_DEVIATIONS = 12.0
"""Mass further from the mean than this, plus the margin, is below 1e-20: it cannot be seen."""
_REACH_MARGIN = 60


def binomial_cdf(successes: Positions, trials: int, chance: float) -> NDArray[np.float64]:
    """Probability of at most so many successes, for each count in `successes`.

    Args:
        successes: Counts, of any shape; below 0 gives 0, from `trials` on gives 1.
        trials: At least 1.
        chance: Of success in one trial, between 0 and 1, both excluded.
    """
    first, cumulative = _cumulative_window(trials, chance)
    padded = np.concatenate(([0.0], cumulative, [1.0]))
    place = np.clip(np.asarray(successes) - first + 1, 0, padded.size - 1)
    result: NDArray[np.float64] = padded[place]
    return result


@lru_cache(maxsize=1 << 12)
def binomial_ppf(level: float, trials: int, chance: float) -> int:
    """Return the smallest count whose cumulative probability reaches `level`, in (0, 1)."""
    first, cumulative = _cumulative_window(trials, chance)
    return first + int(np.searchsorted(cumulative, level, side="left"))


def _cumulative_window(trials: int, chance: float) -> tuple[int, NDArray[np.float64]]:
    """Return the first count with visible mass, and the cumulative probabilities from there on.

    Masses follow from the ratio of neighbours, (n - k) / (k + 1) * p / (1 - p), and are scaled to
    sum to one, so that no factorial is needed.
    Source: Johnson, Kemp and Kotz, Univariate Discrete Distributions (2005), chapter 3.
    """
    if trials < 1 or not 0 < chance < 1:
        raise ValueError(
            f"no binomial of {trials} trials with chance {chance}; "
            "expected at least one trial and a chance strictly between 0 and 1"
        )
    mean = trials * chance
    reach = _REACH_IN_DEVIATIONS * (mean * (1 - chance)) ** 0.5 + _REACH_MARGIN
    first = max(0, int(mean - reach))
    last = min(trials, int(mean + reach) + 1)
    counts = np.arange(first, last, dtype=np.float64)
    steps = np.log((trials - counts) / (counts + 1)) + np.log(chance) - np.log1p(-chance)
    log_mass = np.concatenate(([0.0], np.cumsum(steps)))
    mass = np.exp(log_mass - log_mass.max())
    cumulative = np.cumsum(mass)
    cumulative /= cumulative[-1]
    return first, cumulative
