"""One number a trial to one value with its interval, or to the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from harness.core.reason import Reason, ReasonCode
from harness.core.record import Value
from harness.statistics.interval import Interval
from harness.statistics.student import mean_and_error, mean_interval_of_logs, student_t_quantile

_CONFIDENCE = 0.95


def null(metric: str, code: ReasonCode, detail: str = "", hint: str = "") -> Value:
    """Say that there is no value, and why."""
    return Value(metric=metric, value=None, reason=Reason(code=code, detail=detail, hint=hint))


def geometric(metric: str, trials: Sequence[float], *, n_samples: int, note: str = "") -> Value:
    """Return the geometric mean over trials of what cannot be below zero, with Student's interval.

    Null where a trial reads zero: the clock is too coarse to tell how long it took.
    """
    if not all(trial > 0 for trial in trials):
        return null(metric, ReasonCode.METER_READS_TOO_LOW, "the clock read no time at all")
    interval = _geometric_interval(trials)
    return of_interval(metric, interval, n_trials=len(trials), n_samples=n_samples, note=note)


def arithmetic(
    metric: str,
    trials: Sequence[float],
    *,
    n_samples: int,
    highest: float = math.inf,
    note: str = "",
) -> Value:
    """Return the mean over trials with Student's interval, which stays within 0 and `highest`."""
    interval = _mean_interval(trials, highest)
    return of_interval(metric, interval, n_trials=len(trials), n_samples=n_samples, note=note)


def of_interval(
    metric: str, interval: Interval, *, n_trials: int, n_samples: int, note: str = ""
) -> Value:
    """Make a value of an interval."""
    return Value(
        metric=metric,
        value=interval.value,
        low=interval.low,
        high=interval.high,
        n_trials=n_trials,
        n_samples=n_samples,
        note=note,
    )


def notes(*parts: str) -> str:
    """Join what is not empty."""
    return "; ".join(part for part in parts if part)


def _geometric_interval(trials: Sequence[float]) -> Interval:
    """Take logarithms of mantissas only: twice the values then give exactly twice the mean."""
    exponent = math.frexp(max(trials))[1]
    mantissas = np.array([math.ldexp(trial, -exponent) for trial in trials], dtype=np.float64)
    inner = mean_interval_of_logs(mantissas, _CONFIDENCE)
    return Interval(
        value=math.ldexp(inner.value, exponent),
        low=None if inner.low is None else math.ldexp(inner.low, exponent),
        high=None if inner.high is None else math.ldexp(inner.high, exponent),
    )


def _mean_interval(trials: Sequence[float], highest: float) -> Interval:
    mean, error = mean_and_error(trials)
    if error is None:
        return Interval(value=mean, low=None, high=None)
    half_width = student_t_quantile((1 + _CONFIDENCE) / 2, len(trials) - 1) * error
    return Interval(
        value=mean, low=max(0.0, mean - half_width), high=min(highest, mean + half_width)
    )
