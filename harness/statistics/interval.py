"""An estimate and how well it is known."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with the ends of its confidence interval, all in the unit of the estimate.

    Raises:
        ValueError: an end is on the wrong side of the value, or something is not a number.
    """

    value: float
    low: float | None
    """None where the sample is too small to bound it from below."""
    high: float | None
    """None where the sample is too small to bound it from above."""

    def __post_init__(self) -> None:
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            raise ValueError(
                f"interval [{self.low}, {self.high}] does not contain its value {self.value}; "
                "expected low <= value <= high"
            )

    @property
    def relative_half_width(self) -> float | None:
        """Half the interval over the value; None where an end is open or the value is zero."""
        if self.low is None or self.high is None or self.value == 0:
            return None
        return (self.high - self.low) / 2 / abs(self.value)
