"""The linear axis of a history: wide enough that noise of a per cent looks like what it is."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from harness.report.format import tick

_NARROWEST: Final = 0.1
"""Of the middle: the least that the axis spans, so that three digits tell its ticks apart."""
_MARGIN: Final = 0.08
"""Of the span, below and above."""
_TICKS: Final = 5
_STEPS: Final = (1, 2, 2.5, 5, 10)


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
        labels = [tick(value, self.unit) for value in self.ticks]
        step = (self.ticks[-1] - self.ticks[0]) / max(1, len(self.ticks) - 1) or 1.0
        return f"{json.dumps(labels)}[round((datum.value - {self.ticks[0]!r}) / {step!r})]"


def linear_axis(values: Iterable[float], unit: str) -> LinearAxis:
    """Lay an axis around values above zero.

    >>> linear_axis([1.0, 1.02], "s").ticks
    (0.96, 0.98, 1.0, 1.02, 1.04, 1.06)
    """
    found = list(values)
    low, high = min(found), max(found)
    wider = max(0.0, _NARROWEST * (low + high) / 2 - (high - low)) / 2
    margin = (high - low + 2 * wider) * _MARGIN
    low, high = max(0.0, low - wider - margin), high + wider + margin
    step = _step((high - low) / _TICKS)
    first, last = math.ceil(low / step), math.floor(high / step)
    ticks = tuple(float(f"{place * step:.12g}") for place in range(first, last + 1))
    return LinearAxis(low=low, high=high, ticks=ticks, unit=unit)


def _step(least: float) -> float:
    """Round up to a step that people count in.

    >>> _step(0.018), _step(3)
    (0.02, 5.0)
    """
    power = 10.0 ** math.floor(math.log10(least))
    return float(next(step for step in _STEPS if step * power >= least * (1 - 1e-9)) * power)
