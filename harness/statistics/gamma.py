"""The first two derivatives of the logarithm of the gamma function."""

from __future__ import annotations

import math

_FAR = 12.0
"""Argument from which the asymptotic series below are exact to 1e-14."""
_STEPS = 50
_CLOSE = 1e-12
_LARGE, _SMALL = 1e7, 1e-6


def digamma(x: float) -> float:
    """Return the derivative of the logarithm of the gamma function at a positive `x`.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 6.3.5 for the step
    and 6.3.18 for the series.
    """
    _require_positive(x)
    shift = 0.0
    while x < _FAR:
        shift -= 1 / x
        x += 1
    inverse = 1 / (x * x)
    tail = inverse * (
        1 / 12
        - inverse * (1 / 120 - inverse * (1 / 252 - inverse * (1 / 240 - inverse * (1 / 132))))
    )
    return shift + math.log(x) - 1 / (2 * x) - tail


def trigamma(x: float) -> float:
    """Return the second derivative of the logarithm of the gamma function at a positive `x`.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 6.4.6 for the step
    and 6.4.12 for the series.
    """
    _require_positive(x)
    shift = 0.0
    while x < _FAR:
        shift += 1 / (x * x)
        x += 1
    inverse = 1 / (x * x)
    tail = inverse * (
        1 / 6 - inverse * (1 / 30 - inverse * (1 / 42 - inverse * (1 / 30 - inverse * (5 / 66))))
    )
    return shift + 1 / x + inverse / 2 + tail / x


def trigamma_inverse(y: float) -> float:
    """Return the positive number whose trigamma is a positive `y`.

    Newton's method on the reciprocal of the trigamma, which is nearly straight and convex, so that
    every step from a start below the answer stays below it.

    Source: Smyth, Linear Models and Empirical Bayes Methods for Assessing Differential Expression
    in Microarray Experiments (2004), appendix.
    """
    _require_positive(y)
    if y > _LARGE:
        return 1 / math.sqrt(y)
    if y < _SMALL:
        return 1 / y
    x = 0.5 + 1 / y
    for _ in range(_STEPS):
        value = trigamma(x)
        step = value * (1 - value / y) / _tetragamma(x)
        x += step
        if -step <= _CLOSE * x:
            break
    return x


def _tetragamma(x: float) -> float:
    """Return the derivative of the trigamma, which is negative.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 6.4.6 for the step
    and 6.4.13 for the series.
    """
    shift = 0.0
    while x < _FAR:
        shift -= 2 / x**3
        x += 1
    inverse = 1 / (x * x)
    tail = inverse * (
        1 / 2 - inverse * (1 / 6 - inverse * (1 / 6 - inverse * (3 / 10 - inverse * (5 / 6))))
    )
    return shift - inverse - 1 / x**3 - inverse * tail


def _require_positive(x: float) -> None:
    if not 0 < x < math.inf:
        raise ValueError(f"no gamma function here at {x}; expected a positive number")
