"""How figures are written in a row, and the few statistics that rows share."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median, stdev


def listed(values: Sequence[float | None], form: str = ".3f") -> str:
    """Write values one after another; a dash for one that is missing.

    >>> listed([1.0, None, 0.9876])
    '1.000 - 0.988'
    """
    return " ".join("-" if value is None else format(value, form) for value in values)


def middle(values: Sequence[float | None]) -> float | None:
    """Return the median of those that are there; None where none is.

    >>> middle([3.0, None, 1.0, 2.0])
    2.0
    """
    there = [value for value in values if value is not None]
    return median(there) if there else None


def spread(values: Sequence[float]) -> float | None:
    """Return the coefficient of variation; None for fewer than two values."""
    return stdev(values) / (sum(values) / len(values)) if len(values) > 1 else None


def percent(share: float | None) -> str:
    """Write a share in percent; a dash where there is none.

    >>> percent(0.0123), percent(None)
    ('1.23 %', '-')
    """
    return "-" if share is None else f"{share:.2%}".replace("%", " %")


def span(values: Sequence[float | None], form: str = ".4f") -> str:
    """Write the range of values; a dash where there is none."""
    there = [value for value in values if value is not None]
    return f"{min(there):{form}} to {max(there):{form}}" if there else "-"
