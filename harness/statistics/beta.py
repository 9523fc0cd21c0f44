"""The incomplete beta function, which Student's t stands on."""

from __future__ import annotations

import math

_CLOSE = 1e-15
_TINY = 1e-300
_TERMS = 10_000


def incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """Return the regularised incomplete beta function of `x`.

    Source: NIST Digital Library of Mathematical Functions, 8.17.22 for the continued fraction,
    8.17.4 for the reflection that makes it converge fast.

    Args:
        a: Positive.
        b: Positive.
        x: From 0 to 1.
        rest: 1 - x, given apart because the caller knows it without rounding.
    """
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    log_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    )
    front = math.exp(log_front)
    if x <= (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1 - front * _beta_fraction(b, a, rest) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function from the front.

    Source: Lentz, Generating Bessel Functions in Mie Scattering Calculations Using Continued
    Fractions (1976), as modified by Thompson and Barnett (1986).
    """
    numerator, denominator = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or _TINY)
    value = denominator
    for m in range(1, _TERMS):
        before, after = a + 2 * m - 1, a + 2 * m
        even = m * (b - m) * x / (before * after)
        odd = -(a + m) * (a + b + m) * x / (after * (after + 1))
        denominator = 1 / ((1 + even * denominator) or _TINY)
        numerator = (1 + even / numerator) or _TINY
        value *= numerator * denominator
        denominator = 1 / ((1 + odd * denominator) or _TINY)
        numerator = (1 + odd / numerator) or _TINY
        change = numerator * denominator
        value *= change
        if abs(change - 1) < _CLOSE:
            break
    return value
