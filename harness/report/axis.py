"""Logarithmic axes: which stretch they show, where their ticks are, and what those say."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from harness.report.format import tick

_MARGIN: Final = 1.6
"""Factor between the outermost point and the axis' end; its square is above 5 / 2, the widest step
between ticks, so that every axis has one."""
_HEADROOM: Final = 0.06
"""Share of the axis above its last tick, so that no label rises over the panel."""
_STEPS: Final = (1, 2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAxis:
    """One axis, in the unit of its values."""

    low: float
    high: float
    ticks: tuple[float, ...]
    unit: str
    """The empty unit is a count."""

    @property
    def label_expression(self) -> str:
        """Look each tick's label up by its place: the page neither scales nor rounds."""
        if not self.ticks:
            return "''"
        first = _place(self.ticks[0])
        labels = [""] * (_place(self.ticks[-1]) - first + 1)
        for value in self.ticks:
            labels[_place(value) - first] = tick(value, self.unit)
        return f"{json.dumps(labels)}[round(log(datum.value) / LN10 * 3) - ({first})]"


def log_axis(values: Iterable[float], unit: str, *, decades: int) -> LogAxis:
    """Lay an axis around values above zero; without values it has no ticks.

    Args:
        values: In `unit`.
        unit: Of the labels; empty for a count.
        decades: With fewer decades than this in sight there are ticks at 2 and 5 as well.

    >>> log_axis([1e5, 1e7], "", decades=3).ticks
    (100000.0, 1000000.0, 10000000.0)
    >>> log_axis([1e-3, 2e-3], "s", decades=3).ticks
    (0.001, 0.002)
    """
    found = sorted(values)
    if not found:
        return LogAxis(low=1.0, high=10.0, ticks=(), unit=unit)
    low, high = found[0] / _MARGIN, found[-1] * _MARGIN
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    whole, fine = (
        tuple(value for value in _ticks(powers, steps) if low <= value <= high)
        for steps in (_STEPS[:1], _STEPS)
    )
    shown = whole if len(whole) >= decades else fine
    top = shown[-1] * (high / low) ** _HEADROOM
    return LogAxis(low=low, high=max(high, top), ticks=shown, unit=unit)


def _ticks(powers: Iterable[int], steps: Iterable[int]) -> tuple[float, ...]:
    return tuple(float(f"{step}e{power}") for power in powers for step in steps)


def _place(value: float) -> int:
    """Number the ticks 1, 2, 5, 10, 20, 50, ... one after the other.

    >>> [_place(value) for value in (1, 2, 5, 10)]
    [0, 1, 2, 3]
    """
    return round(math.log10(value) * len(_STEPS))
