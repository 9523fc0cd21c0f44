"""Student's t distribution, and the interval over trials that it gives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from harness.statistics.array import Numbers
from harness.statistics.beta import incomplete_beta
from harness.statistics.interval import Interval

_NEARLY_NORMAL = 1e6
"""Degrees of freedom from which the first correction to the normal is exact to 1e-11."""
_ALL_BUT_NORMAL = 1e9
"""Degrees of freedom from which the tail is the normal distribution's to seven digits."""
_CENTRE = 0.75
"""Up to this probability the distance from the median is the accurate side, above it the tail."""
_STEPS = 100
"""More than twice those that the heaviest tail takes, at one degree of freedom."""
_CLOSE = 1e-13
"""Relative step at which to stop; the next would be its square."""
_SMALLEST_TAIL = 1e-12


@lru_cache(maxsize=1 << 12)
def student_t_quantile(p: float, dof: float) -> float:
    """Return the value below which Student's t lies with probability `p`.

    Newton's method from zero: above zero the tail is convex, so every step stays below the answer.
    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.1 for the
    distribution, 26.7.5 for very many degrees of freedom.

    Args:
        p: From 1e-12 to 1 - 1e-12.
        dof: Degrees of freedom, at least 1, whole or not; infinity gives the normal distribution.

    Raises:
        ValueError: an argument is out of its range.
    """
    if not _SMALLEST_TAIL <= p <= 1 - _SMALLEST_TAIL or not dof >= 1:
        raise ValueError(
            f"no quantile {p} of Student's t with {dof} degrees of freedom; expected a probability "
            f"at least {_SMALLEST_TAIL} away from 0 and 1, and one degree of freedom or more"
        )
    if p < 1 / 2:
        return -_upper_quantile(1 - p, p, dof)
    return _upper_quantile(p, 1 - p, dof)


def student_t_tail(t: float, dof: float) -> float:
    """Return the probability that Student's t lies above `t`.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.1.

    Args:
        t: Any number, an infinity included.
        dof: Degrees of freedom, above 0, whole or not; infinity gives the normal distribution.

    Raises:
        ValueError: `t` is not a number, or `dof` is not above 0.
    """
    if math.isnan(t) or not dof > 0:
        raise ValueError(f"no tail of Student's t above {t} with {dof} degrees of freedom")
    if math.isinf(t):
        return 0.0 if t > 0 else 1.0
    dof = math.inf if dof > _ALL_BUT_NORMAL else dof
    return _tail(t, dof) if t >= 0 else 1 - _tail(-t, dof)


def mean_interval_of_logs(values: Numbers, confidence: float = 0.95) -> Interval:
    """Return the geometric mean of trials, with Student's interval of the mean of their logs.

    Trials are few: plain numbers take a tenth of the time that arrays would.

    Args:
        values: One number a trial, usually its median; all positive.
        confidence: That the interval holds the true value.

    Returns:
        An interval in the unit of the values; open at both ends (None) with a single trial.

    Raises:
        ValueError: there are no values, one is not positive, or the confidence is out of range.
    """
    trials: list[float] = values.tolist()
    if not trials or not all(trial > 0 for trial in trials):
        raise ValueError("expected at least one value, all positive, to take logarithms")
    centre, error = mean_and_error([math.log(trial) for trial in trials])
    if error is None:
        return Interval(value=math.exp(centre), low=None, high=None)
    half_width = student_t_quantile((1 + confidence) / 2, len(trials) - 1) * error
    return Interval(
        value=math.exp(centre),
        low=math.exp(centre - half_width),
        high=math.exp(centre + half_width),
    )


def mean_and_error(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean of a few values and its standard error; None for one value alone.

    Raises:
        ZeroDivisionError: there are no values.
    """
    count = len(values)
    mean = math.fsum(values) / count
    if count == 1:
        return mean, None
    squares = math.fsum((value - mean) ** 2 for value in values)
    return mean, math.sqrt(squares / (count - 1) / count)


def _upper_quantile(p: float, tail: float, dof: float) -> float:
    """Return the quantile at `p`, at least one half; `tail` is 1 - p without its rounding."""
    if dof > _NEARLY_NORMAL:
        z = _climb(p, tail, math.inf)
        return z + (z**3 + z) / (4 * dof)
    return _climb(p, tail, dof)


def _climb(p: float, tail: float, dof: float) -> float:
    """Climb from zero to the quantile."""
    t = 0.0
    for _ in range(_STEPS):
        missing = p - 1 / 2 - _centre(t, dof) if p < _CENTRE else _tail(t, dof) - tail
        step = missing / _density(t, dof)
        t += step
        if step <= _CLOSE * t:
            break
    return t


def _tail(t: float, dof: float) -> float:
    """Return the probability above `t`, which is not negative."""
    if math.isinf(dof):
        return math.erfc(t / math.sqrt(2)) / 2
    return incomplete_beta(dof / 2, 1 / 2, dof / (dof + t * t), t * t / (dof + t * t)) / 2


def _centre(t: float, dof: float) -> float:
    """Return the probability between 0 and `t`, which is not negative."""
    if math.isinf(dof):
        return math.erf(t / math.sqrt(2)) / 2
    return incomplete_beta(1 / 2, dof / 2, t * t / (dof + t * t), dof / (dof + t * t)) / 2


def _density(t: float, dof: float) -> float:
    """Return the density of Student's t at `t`."""
    if math.isinf(dof):
        return math.exp(-t * t / 2) / math.sqrt(2 * math.pi)
    log_scale = math.lgamma((dof + 1) / 2) - math.lgamma(dof / 2) - math.log(dof * math.pi) / 2
    return math.exp(log_scale - (dof + 1) / 2 * math.log1p(t * t / dof))
