"""Made-up series of runs: five models of noise, and a step where one is wanted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SPREAD: Final = 0.01
"""Standard deviation of the logarithm from run to run."""
_SPIKES: Final = (0.05, 0.30)
"""Relative size of a spike, anything between."""
_SETTLE: Final = 50
"""Values before the first that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """How runs of the same code differ."""

    name: str
    dependence: float = 0.0
    """Autocorrelation of neighbouring runs."""
    spikes: float = 0.0
    """Share of runs that are slower by 5 to 30 %."""


MODELS: Final = (
    Model(name="independent"),
    Model(name="2 % spikes", spikes=0.02),
    Model(name="AR 0.3", dependence=0.3),
    Model(name="AR 0.3, 2 % spikes", dependence=0.3, spikes=0.02),
    Model(name="AR 0.6", dependence=0.6),
)


def series(rng: np.random.Generator, model: Model, size: int) -> NDArray[np.float64]:
    """Return the values of a series without a step: (size,) around 1."""
    shocks = rng.normal(0.0, math.sqrt(1 - model.dependence**2), size + _SETTLE)
    for place in range(1, shocks.size):
        shocks[place] += model.dependence * shocks[place - 1]
    is_spike = rng.random(size) < model.spikes
    factor = 1 + is_spike * rng.uniform(*_SPIKES, size)
    values: NDArray[np.float64] = np.exp(SPREAD * shocks[_SETTLE:]) * factor
    return values


def with_step(values: NDArray[np.float64], after: int, step: float) -> NDArray[np.float64]:
    """Raise the last `after` values by a relative step."""
    raised = values.copy()
    raised[values.size - after :] *= 1 + step
    return raised
