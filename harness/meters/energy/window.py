"""One window of one counter: how long it must be, what it counted, and how wrong that may be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from harness.core.energy import Counter
from harness.meters.energy.unwrap import counted

WANTED_ERROR: Final = 0.005
"""Relative, of one window, by the counter's step; what windows are made long enough for."""
WANTED_ERROR_GPU: Final = 0.01
"""Likewise, for boards, whose counters move a hundred times less often."""
STEP_J: Final = 2.0**-14
"""The largest energy unit of a processor's counter, in J: what one reading may fall short of.

Source: Intel 64 and IA-32 Architectures Software Developer's Manual, MSR_RAPL_POWER_UNIT.
"""
_LOWEST_NS: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What one counter counted in one window, in its own unit."""

    units: int
    duration_ns: int
    """Between the middles of the two readings."""
    uncertain_ns: int
    """By how much the two ends may be apart from what was read: update period and reading time."""
    wraps: int = 0

    def power(self, unit_j: float) -> float:
        """Return the mean power, in W."""
        return self.units * unit_j * 1e9 / self.duration_ns

    def bound_j(self, unit_j: float, highest_w: float) -> float:
        """Return how far the energy may be from the truth, in J.

        A reading is up to one update period old, so each end of the window lies anywhere within
        that period: the two together misplace at most one period of power. The same goes for the
        time that the readings took.

        Args:
            unit_j: The counter's unit, in J.
            highest_w: Power that is not exceeded at the ends of the window, in W.
        """
        rounding = 2 * max(unit_j, STEP_J) + self.wraps * STEP_J
        return highest_w * self.uncertain_ns * 1e-9 + rounding


def window_ns(update_period_ns: int, wanted_error: float) -> int:
    """Return how long a window must be for a relative error of at most `wanted_error`, in ns.

    At a steady power the error of energy over time is the period over the window, at most.
    """
    if not 0 < wanted_error < 1:
        raise ValueError(f"wanted error {wanted_error}; expected between 0 and 1")
    return math.ceil(update_period_ns / wanted_error)


def count(counter: Counter, first: int, last: int) -> Counted:
    """Return what a counter counted from one of its readings to another.

    Raises:
        Unavailable: it went back, and never should.
    """
    values = counter.values[first : last + 1]
    period = (counter.update_period_ns or 0) + counter.lag_ns
    return Counted(
        units=counted(values, counter.modulus),
        duration_ns=max(_LOWEST_NS, counter.at_ns[last] - counter.at_ns[first]),
        uncertain_ns=period + counter.half_width_ns[first] + counter.half_width_ns[last],
        wraps=sum(after < before for before, after in pairwise(values)),
    )
