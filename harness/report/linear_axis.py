"""Linear axes: ticks at round values, labelled as tables write them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Final

from harness.report.format import tick

_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_SLACK: Final = 1e-9
"""Relative; a tick this near an end is on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearAxis:
    """One axis, in the unit of its values."""

    low: float
    high: float
    ticks: tuple[float, ...]
    unit: str

    @property
    def label_expression(self) -> str:
        """Look each tick's label up by its place: the page neither scales nor rounds."""
        if len(self.ticks) < 2:  # noqa: PLR2004 - two ticks make a step
            return "''"
        first, step = self.ticks[0], self.ticks[1] - self.ticks[0]
        labels = json.dumps([label(value, self.unit) for value in self.ticks])
        return f"{labels}[round((datum.value - ({first!r})) / {step!r})]"

    def described(self) -> dict[str, Any]:
        """Describe its ticks for a chart."""
        return {
            "values": list(self.ticks),
            "labelExpr": self.label_expression,
            "labelOverlap": "parity",
        }


def linear_axis(low: float, high: float, unit: str, *, ticks: int = 5) -> LinearAxis:
    """Lay about so many ticks between two ends.

    >>> linear_axis(0, 9e6, "B").ticks
    (0.0, 2000000.0, 4000000.0, 6000000.0, 8000000.0)
    """
    span = high - low
    if not span > 0:
        return LinearAxis(low=low, high=high, ticks=(), unit=unit)
    power = 10.0 ** math.floor(math.log10(span / ticks))
    step = min((power * factor for factor in _STEPS), key=lambda one: abs(span / one - ticks))
    first, last = math.ceil(low / step - _SLACK), math.floor(high / step + _SLACK)
    values = tuple(place * step for place in range(first, last + 1))
    return LinearAxis(low=low, high=high, ticks=values, unit=unit)


def label(value: float, unit: str) -> str:
    """Label one tick; a share in per cent.

    >>> label(0.05, "1"), label(2e6, "B"), label(0, "s")
    ('5 %', '2 MB', '0')
    """
    if value == 0:
        return "0"
    return f"{100 * value:.3g} %" if unit == "1" else tick(value, unit)
