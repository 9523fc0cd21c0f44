"""The noise of made-up trials: how much processes differ, and samples within one of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """One model: an effect that is constant within a process, and dependent samples inside."""

    name: str
    between: float
    """Standard deviation of the log level between fresh processes."""
    within: float = 0.02
    """Standard deviation of a log sample inside a process."""
    dependence: float = 0.5
    """Autocorrelation of neighbouring samples."""


MODELS: Final = (
    Noise(name="iid", between=0.0, dependence=0.0),
    Noise(name="processes 0.5 %, AR 0.5", between=0.005),
    Noise(name="processes 1 %, AR 0.5", between=0.01),
    Noise(name="hosted 2.66 %, AR 0.5", between=0.0266),
)
"""The four under which other rules were judged, with their figures, in the design's research."""


def trial_logs(rng: np.random.Generator, noise: Noise, shape: tuple[int, ...]) -> Values:
    """Return the log median of trials of 300 samples each.

    The median of n samples with this dependence varies by pi / 2 n (1 + a) / (1 - a) of the
    variance within, as a mean does but for the first factor.

    Returns:
        Of the given shape.
    """
    inflation = (1 + noise.dependence) / (1 - noise.dependence)
    within = noise.within**2 * math.pi / 2 / _SAMPLES * inflation
    return rng.normal(0.0, math.sqrt(noise.between**2 + within), shape)


_SAMPLES = 300
