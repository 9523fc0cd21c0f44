"""How often a value is far above the rest. Spikes are counted, never removed."""

from __future__ import annotations

import numpy as np

from harness.statistics.array import Numbers
from harness.statistics.order import sorted_quantile

_FAR_OUT = 3.0
"""Interquartile ranges beyond the quartile.
Source: Tukey, Exploratory Data Analysis (1977), chapter 2: beyond it a value is far out."""


def spike_rate(values: Numbers) -> float:
    """Return the share of values above the third quartile by over three interquartile ranges.

    Raises:
        ValueError: there are no values.
    """
    return int(np.count_nonzero(values > spike_bound(values))) / values.size


def spike_bound(values: Numbers) -> float:
    """Return the value above which one is a spike, in the unit of the values.

    Raises:
        ValueError: there are no values.
    """
    if values.size == 0:
        raise ValueError("no values; expected at least one for a rate")
    ordered = np.sort(values)
    first, third = sorted_quantile(ordered, 0.25), sorted_quantile(ordered, 0.75)
    return third + _FAR_OUT * (third - first)
