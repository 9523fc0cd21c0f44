"""The largest network of each family and target that fits a budget."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.choice import Affordable, Limit
from harness.core.scaling import Law


def affordable(laws: Sequence[Law], limits: Sequence[Limit]) -> tuple[Affordable, ...]:
    """Answer for every family, target, scenario and batch size that has a law of a limited metric.

    Args:
        laws: Of every limited metric, see `harness.analyse.scaling.laws`.
        limits: At least one.
    """
    raise NotImplementedError
