"""A figure of energy or power, or the reason why there is none; never both, never a stand-in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from harness.core.reason import Reason, ReasonCode

JOULES: Final = {"uJ": 1e-6, "mJ": 1e-3}
"""By native unit of a counter."""


class Standing(StrEnum):
    """Where a figure comes from, or why there is none. Estimates by models do not exist here."""

    MEASURED = "measured"
    DERIVED = "derived"
    """Worked out of measured ones alone."""
    UNAVAILABLE = "unavailable"
    INVALID = "invalid"
    """Measured, and not believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One figure with what is known of it."""

    unit: str
    """`J` or `W`."""
    standing: Standing
    value: float | None = None
    bound: float | None = None
    """How far the truth may be from it by the counter's step and the clock, in `unit`."""
    method: str = ""
    reason: Reason | None = None
    """Given exactly where the value is null."""

    def __post_init__(self) -> None:
        known = self.standing in {Standing.MEASURED, Standing.DERIVED}
        given = (self.value is not None, self.bound is not None, self.reason is None)
        if any(is_given != known for is_given in given):
            raise ValueError(f"a figure has value and bound, or a reason: {self}")


def refused(unit: str, standing: Standing, reason: Reason, method: str = "") -> Quantity:
    """Return a figure that is null."""
    return Quantity(unit=unit, standing=standing, reason=reason, method=method)


def invalid(unit: str, code: ReasonCode, detail: str, hint: str = "") -> Quantity:
    """Return a figure that was measured and is not believed."""
    return refused(unit, Standing.INVALID, Reason(code=code, detail=detail, hint=hint))
