"""How many independent values a series is worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.statistics.array import Flags, Numbers

_TWO_PAIRS = 4


def effective_size(indicator: Numbers | Flags) -> float:
    """Return how many independent values would know the mean of a series as well.

    The autocovariances are summed in pairs of neighbours, which for a reversible chain are positive
    and fall, for as long as they are positive, and held to be falling.
    Source: Geyer, Practical Markov Chain Monte Carlo (1992), section 3.3, the initial monotone
    sequence.

    A series much shorter than fifty times its correlation is overrated: intervals of the median of
    50 values with autocorrelation 0.8 hold it 90 % of the time where 95 % were asked for, of 1,000
    values 95 %. Source: own simulation.

    A constant series counts in full: it has no variance for dependence to inflate, nothing in it
    speaks against independence, and an interval made from it has no width at any size.

    Args:
        indicator: A series in the order taken; usually of zeros and ones, but any will do.

    Returns:
        Between 1 and the length of the series; the length also where there are fewer than four
        values, too few for two pairs. Less dependence than none (values that alternate) is not
        credited.

    Raises:
        ValueError: the series is empty, or holds something that is not a finite number.
    """
    series = _finite(indicator)
    size = series.size
    if size < _TWO_PAIRS or series.min() == series.max():
        return float(size)
    scaled = series / np.abs(series).max()
    covariances = _autocovariances(scaled - scaled.mean())
    pairs = covariances[: size - size % 2].reshape(-1, 2).sum(axis=1)
    ended = np.flatnonzero(pairs <= 0)
    positive = pairs[: ended[0]] if ended.size else pairs
    falling = np.minimum.accumulate(positive)
    inflation = float(2 * falling.sum() / covariances[0] - 1)
    return float(np.clip(size / inflation, 1, size)) if inflation > 0 else float(size)


def effective_size_of_quantile(values: Numbers, q: float) -> float:
    """Return how many independent values would know the quantile `q` of a series as well.

    An interval of a quantile depends only on which values are at most the quantile, so the
    dependence that counts is that of this series of zeros and ones.

    Raises:
        ValueError: as for `effective_size`, or `q` is not between 0 and 1.
    """
    if values.size == 0:
        raise ValueError("empty series; expected at least one value")
    return effective_size(values <= np.quantile(values, q))


def _finite(indicator: Numbers | Flags) -> NDArray[np.float64]:
    if indicator.size == 0:
        raise ValueError("empty series; expected at least one value")
    series = np.asarray(indicator, dtype=np.float64)
    if not np.isfinite(series).all():
        raise ValueError("the series holds what is not a finite number")
    return series


def _autocovariances(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the autocovariances at lags 0, 1, 2, ... by Fourier transform, times the length.

    The series is padded with as many zeros as it has values, so that its end does not meet its
    beginning.
    """
    size = centred.size
    padded = 1 << (2 * size - 1).bit_length()
    spectrum = np.fft.rfft(centred, padded)
    power = spectrum.real**2 + spectrum.imag**2
    covariances: NDArray[np.float64] = np.fft.irfft(power, padded)[:size]
    return covariances
