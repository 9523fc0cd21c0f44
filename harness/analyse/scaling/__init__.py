"""Scaling laws: from records to cost = overhead + coefficient x N^exponent, with its doubts."""

from __future__ import annotations

from harness.analyse.scaling.curve import (
    cost_at,
    curve_at,
    network_logarithms,
    probability_within,
    size_at,
)
from harness.analyse.scaling.law import fit_points, laws

__all__ = [
    "cost_at",
    "curve_at",
    "fit_points",
    "laws",
    "network_logarithms",
    "probability_within",
    "size_at",
]
