"""Intervals of percentiles of dependent samples: how often they hold the truth."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import signal, stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.statistics.autocorrelation import effective_size_of_quantile
from harness.statistics.order import quantile_interval, smallest_sample
from tests.bench.row import Bound, Row, Setting

Values = NDArray[np.float64]

_QUANTILES: Final = (0.5, 0.9, 0.99)
_DEPENDENCE: Final = (0.0, 0.3, 0.5, 0.8)
_SAMPLES: Final = {0.5: 2000, 0.9: 4000, 0.99: 20_000}
_BOUND: Final = Bound(0.93, 0.98)
_SEED: Final = 20261124


def measure(setting: Setting) -> Row:
    """Draw series of known percentiles, and count the intervals that hold them."""
    rng = np.random.default_rng(_SEED)
    repeats = setting.times(2000)
    shares, lines = [], []
    for q in _QUANTILES:
        for dependence in _DEPENDENCE:
            held, closed = _held(rng, q, dependence, repeats)
            shares.append(held / closed)
            lines.append(
                f"p{100 * q:g}, autocorrelation {dependence:g}, {_SAMPLES[q]:,} samples: "
                f"{held / closed:.1%} of {closed}; {repeats - closed} too short for an interval"
            )
    return Row(
        name="coverage",
        figure=f"{min(shares):.1%} to {max(shares):.1%}",
        bound="93 % to 98 %",
        met=all(map(_BOUND.holds, shares)),
        detail="\n".join(lines),
    )


def _held(rng: np.random.Generator, q: float, dependence: float, repeats: int) -> tuple[int, int]:
    """Return how many intervals held the quantile, and how many there were."""
    truth = stats.norm.ppf(q)
    held = closed = 0
    for _ in range(repeats):
        series = _series(rng, dependence, _SAMPLES[q])
        size = effective_size_of_quantile(series, q)
        if size < smallest_sample(q):
            continue
        interval = quantile_interval(series, q, independent=size)
        closed += 1
        held += _at_most(interval.low, truth) and _at_most(truth, interval.high)
    return held, closed


def _series(rng: np.random.Generator, dependence: float, count: int) -> Values:
    """Draw a normal series of this autocorrelation, each value of variance one: (count,)."""
    shocks = rng.normal(0, np.sqrt(1 - dependence**2), count)
    shocks[0] = rng.normal()
    series: Values = signal.lfilter([1], [1, -dependence], shocks)
    return series


def _at_most(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and low <= high
