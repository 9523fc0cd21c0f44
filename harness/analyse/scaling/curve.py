"""A curve read at a size: the cost there, and the size at a cost."""

from __future__ import annotations

from harness.core.scaling import Curve, Estimate


def curve_at(curve: Curve, size: float) -> Estimate:
    """Return the cost on the curve at a size with the interval of the curve itself."""
    raise NotImplementedError


def cost_at(curve: Curve, size: float) -> Estimate:
    """Return the cost at a size with the interval for one network of that size."""
    raise NotImplementedError


def size_at(curve: Curve, cost: float) -> float | None:
    """Return the size at which the curve reaches a cost; None where it never does."""
    raise NotImplementedError
