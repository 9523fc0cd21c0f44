"""Ratios for people."""

from __future__ import annotations

from harness.core.comparison import Ratio
from harness.report.format import DASH


def ratio_text(ratio: Ratio | None) -> str:
    """Write a ratio with its interval, all to three digits.

    >>> ratio_text(Ratio(value=1.234, low=1.1, high=1.4)), ratio_text(None) == DASH
    ('1.23 [1.10, 1.40]', True)
    """
    if ratio is None:
        return DASH
    ends = (DASH if end is None else f"{end:#.3g}" for end in (ratio.low, ratio.high))
    return f"{ratio.value:#.3g} [{', '.join(ends)}]"
