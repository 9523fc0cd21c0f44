"""What a test would have seen, and how much more it would need."""

from __future__ import annotations

import math
from collections.abc import Callable

from harness.statistics.student import student_t_quantile, student_t_tail

_NORMAL = math.inf
_SMALLEST_LEVEL = 1e-12
"""The furthest tail for which a quantile can be had."""


def visible_shift(level: float, power: float, degrees: float) -> float:
    """Return by how many standard errors the truth must be beyond a bound to be seen.

    A one-sided t-test at `level` rejects the bound with probability `power`. The noncentral t
    distribution is approximated: the shift is up to 2.2 % too large at 2 degrees of freedom, and up
    to 0.4 % from 8 on, for levels from 0.05 down to 0.00001 and a power of 0.8.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.10.
    """
    critical = student_t_quantile(1 - max(level, _SMALLEST_LEVEL), degrees)
    reach = student_t_quantile(power, _NORMAL)
    if math.isinf(degrees):
        return critical + reach
    shrink = 1 - 1 / (4 * degrees)
    return critical * shrink + reach * math.sqrt(1 + critical * critical / (2 * degrees))


def equivalence_power(distance: float, bound: float, level: float, degrees: float) -> float:
    """Return how likely two one-sided tests call a difference within the bounds.

    The noncentral t is approximated by a shifted central one, which gives a few
    hundredths too little where degrees of freedom are few.

    Source: Schuirmann, A Comparison of the Two One-Sided Tests Procedure and the Power Approach
    (1987), for the tests; Chow, Shao and Wang, Sample Size Calculations in Clinical Research
    (2003), section 3.2.3, for the approximation.

    Args:
        distance: The true difference, in standard errors.
        bound: Half the width of what counts as equal, in standard errors.
        level: Of each of the two tests.
        degrees: Of freedom.
    """
    critical = student_t_quantile(1 - level, degrees)
    missed = sum(
        student_t_tail(bound + side * distance - critical, degrees) for side in (-1.0, 1.0)
    )
    return max(0.0, 1 - missed)


def fewest(enough: Callable[[int], bool], least: int, most: int) -> int | None:
    """Return the smallest number from `least` to `most` that is enough; None where none is.

    Args:
        enough: True for a number and for all larger ones.
        least: First to try.
        most: Last to try.
    """
    if least > most or not enough(most):
        return None
    low, high = least, most
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
