"""How changes are said: sizes in per cent, places as runs, values in their unit."""

from __future__ import annotations

from typing import Final

from harness.analyse.history.series import Change, Epoch, History, Point
from harness.core.comparison import Ratio
from harness.report.format import count, plain_text, quantity

_LONG: Final = 1.0
"""Relative change from which it is said as a factor."""
_LABEL: Final = 40
"""Characters of a time."""


def size(ratio: Ratio) -> str:
    """Say by how much something changed, with its interval.

    >>> size(Ratio(value=1.0312, low=1.0258, high=1.037)), size(Ratio(value=0.9, low=0.89, high=1))
    ('+3.1 % [+2.6, +3.7]', '-10.0 % [-11.0, +0.0]')
    >>> size(Ratio(value=2.5, low=2.4, high=None))
    'x 2.50'
    """
    ends = (ratio.low, ratio.high)
    if abs(ratio.value - 1) >= _LONG:
        text, shown = f"x {ratio.value:.2f}", [f"{end:.2f}" for end in ends if end is not None]
    else:
        text, shown = f"{_percent(ratio.value)} %", [_percent(e) for e in ends if e is not None]
    return f"{text} [{', '.join(shown)}]" if len(shown) == len(ends) else text


def short_size(ratio: Ratio) -> str:
    """Say by how much, without the interval.

    >>> short_size(Ratio(value=1.0312, low=1.02, high=1.04))
    '+3.1 %'
    """
    return size(ratio).partition(" [")[0]


def meaning(change: Change) -> str:
    """Say whether it got slower or faster, or only up or down where neither is known."""
    return str(change.verdict or change.direction)


def level(value: float, unit: str) -> str:
    """Say a value; one without a known unit as it is, with four digits.

    >>> level(0.00123, "s"), level(0.0123456, ""), level(123456.7, "")
    ('1.23 ms', '0.01235', '1.235e+05')
    """
    return quantity(value, unit) if unit else f"{value:.4g}"


def moment(point: Point, *, is_dated: bool = True) -> str:
    """Say when a run was made, to the minute.

    >>> moment(Point(time=0, label="2026-01-02T03:04:05+00:00", value=1))
    '2026-01-02 03:04'
    """
    text = plain_text(point.label, longest=_LABEL)
    return text[:16].replace("T", " ") if is_dated else text


def place(change: Change) -> str:
    """Say how exactly the place is known: the runs that may be the first after the change."""
    runs = change.after - change.before
    return "1 run" if runs == 1 else f"{count(runs)} runs"


def epoch_name(epoch: Epoch) -> str:
    """Name an epoch by its number and by what differs from the others.

    >>> epoch_name(Epoch(number=2, total=3, differing={"cores_available": "4"}))
    '2 of 3: cores_available 4'
    """
    what = ", ".join(
        f"{plain_text(name)} {plain_text(value)}" for name, value in epoch.differing.items()
    )
    return f"{epoch.number} of {epoch.total}" + (f": {what}" if what else "")


def state(history: History) -> str:
    """Say how many changes there are, or that there are too few points to tell."""
    if not history.is_long_enough:
        return "too few points"
    return count(len(history.changes)) if history.changes else "none"


def _percent(ratio: float) -> str:
    return f"{(ratio - 1) * 100:+.1f}"
