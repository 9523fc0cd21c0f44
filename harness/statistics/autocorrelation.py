"""How many independent values a series is worth."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from harness.statistics.array import Flags, Numbers

_TWO_PAIRS = 4
_FEW = 128
"""Values up to which sums of products are quicker than a Fourier transform."""


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
    size = indicator.size
    centred = _centred(indicator)
    if size < _TWO_PAIRS or centred is None:
        return float(size)
    covariances = _autocovariances(centred)
    pairs = covariances[: size - 1 : 2] + covariances[1::2]
    ends = pairs <= 0
    first = int(ends.argmax())
    positive = pairs[:first] if ends[first] else pairs
    falling = np.minimum.accumulate(positive)
    inflation = float(2 * falling.sum() / covariances[0] - 1)
    return min(max(size / inflation, 1.0), float(size)) if inflation > 0 else float(size)


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


def _centred(indicator: Numbers | Flags) -> NDArray[np.float64] | None:
    """Return the series, scaled to a largest size of one, about its mean; None where it is flat."""
    size = indicator.size
    if size == 0:
        raise ValueError("empty series; expected at least one value")
    if indicator.dtype == np.bool_:
        held = int(np.count_nonzero(indicator))
        flags = indicator.astype(np.float64)
        return flags - held / size if 0 < held < size else None
    series = np.asarray(indicator, dtype=np.float64)
    low, high = float(series.min()), float(series.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("the series holds what is not a finite number")
    if low == high:
        return None
    scaled = series / max(-low, high)
    centred: NDArray[np.float64] = scaled - scaled.mean()
    return centred


def _autocovariances(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the autocovariances at lags 0, 1, 2, ... times the length.

    Those of a long series come from its Fourier transform.
    The series is padded with as many zeros as it has values, so that its end does not meet its
    beginning.
    """
    size = centred.size
    if size <= _FEW:
        few: NDArray[np.float64] = np.correlate(centred, centred, "full")[size - 1 :]
        return few
    padded = 1 << (2 * size - 1).bit_length()
    spectrum = np.fft.rfft(centred, padded)
    power = spectrum.real**2 + spectrum.imag**2
    covariances: NDArray[np.float64] = np.fft.irfft(power, padded)[:size]
    return covariances
