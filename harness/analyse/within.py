"""How much a value varies inside one process, by the slices of its trials."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.analyse.evidence import Evidence, Flags, Readings

_Floats = NDArray[np.float64]


def within_processes(evidence: Sequence[Evidence]) -> Mapping[str, float]:
    """Return the standard deviation of the logarithm of a slice's value inside one process.

    Args:
        evidence: Of one case, of one run or more.

    Returns:
        By metric; without those whose trials have fewer than two slices each, or none at all.
    """
    readings = [one for of_run in evidence for one in of_run.readings]
    found = {metric: _pooled([give(one) for one in readings]) for metric, give in _SLICES.items()}
    return {metric: spread for metric, spread in found.items() if spread is not None}


def _pooled(trials: Sequence[_Floats]) -> float | None:
    """Return the standard deviation about each trial's own mean."""
    logs = [np.log(values) for values in trials]
    degrees = sum(max(0, one.size - 1) for one in logs)
    squares = sum(float(((one - one.mean()) ** 2).sum()) for one in logs if one.size)
    return math.sqrt(squares / degrees) if degrees else None


def _latency(one: Readings, chosen: Flags) -> _Floats:
    values = one.typical_s[chosen]
    return values[np.isfinite(values) & (values > 0)]


def _throughput(one: Readings, chosen: Flags) -> _Floats:
    filled = chosen & (one.iterations > 0) & (one.durations_s > 0)
    rates: _Floats = one.iterations[filled] / one.durations_s[filled]
    return rates


_SLICES: Final[Mapping[str, Callable[[Readings], _Floats]]] = {
    "latency_quiet": lambda one: _latency(one, one.is_quiet & one.settled),
    "latency_p50": lambda one: _latency(one, one.experienced),
    "throughput_quiet": lambda one: _throughput(one, one.is_quiet & one.settled),
    "throughput": lambda one: _throughput(one, one.experienced),
}
"""By metric, (m,) the values of a trial's slices."""
