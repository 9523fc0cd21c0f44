"""From the points of one series to its law."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.record import Record
from harness.core.scaling import Law, SizePoint, Subject


def laws(records: Sequence[Record], metrics: Sequence[str] = ()) -> tuple[Law, ...]:
    """Fit one law to each family, target, scenario, batch size and metric that has values.

    Args:
        records: In any order; control cases are left out.
        metrics: Names of the metrics; the usual ones where empty.
    """
    raise NotImplementedError


def fit_points(points: Sequence[SizePoint], subject: Subject | None = None) -> Law:
    """Fit one law to points of any order; equal sizes are allowed."""
    raise NotImplementedError
