"""What work takes over idling, where idling leaves enough of it to tell."""

from __future__ import annotations

import math
from typing import Final

from harness.core.energy import WindowState
from harness.core.reason import ReasonCode
from harness.meters.energy.quantity import Quantity, Standing, invalid

_DOMINATED: Final = 0.9
"""Idle over load beyond which an error of each of 1 % is one of over 13 % of their difference."""
_CLEAR: Final = 3.0
_DRIFT: Final = 0.05
"""Relative; idling before and after that differ by more are not one idling."""


def net_power(gross: Quantity, idle: Quantity, state: WindowState) -> Quantity:
    """Return the power over a named idle, in W; null where idling is most of it.

    Args:
        gross: Mean power under load, in W.
        idle: Mean power while idle, in W.
        state: Which idle that was.
    """
    for part in (gross, idle):
        if part.value is None:
            return part
    assert gross.value is not None  # noqa: S101 - looked at above, as are the next three
    assert idle.value is not None  # noqa: S101
    bound = math.hypot(gross.bound or 0.0, idle.bound or 0.0)
    value = gross.value - idle.value
    if idle.value > _DOMINATED * gross.value or value < _CLEAR * bound:
        detail = f"{state} takes {idle.value:.3g} W of {gross.value:.3g} W"
        return invalid("W", ReasonCode.IDLE_DOMINATED, detail, "look at the gross figure")
    method = f"{gross.method} over {state}"
    return Quantity(unit="W", standing=Standing.DERIVED, value=value, bound=bound, method=method)


def has_drifted(before_w: float, after_w: float) -> bool:
    """Whether idling took another power after the work than before it."""
    return abs(after_w - before_w) > _DRIFT * max(before_w, after_w)
