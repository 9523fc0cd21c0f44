"""A front as a table, and for programs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from harness.core.choice import Contender, Front
from harness.core.quality import MEASURES
from harness.report.format import DASH, count, plain_text, quantity
from harness.report.table import Table


def front_table(front: Front) -> Table:
    """Lay out the cases of the front, and below it what was left out and why."""
    left = Counter(reason for _, reason in front.left_out)
    cases = len(front.members) + len(front.dominated)
    notes = [
        f"{len(front.members)} of {cases} cases are beaten by no other in every metric",
        "close: intervals overlap, so that with other trials the case might not be here",
    ]
    close = sum(one.is_close for one in front.dominated)
    notes += [f"{close} of the beaten cases are close to the front"] if close else []
    notes += [f"left out: {number} cases, {reason}" for reason, number in left.most_common()]
    return Table(
        title=f"Pareto front of {', '.join(front.metrics)}",
        headings=("case", "parameters", *front.metrics, "close"),
        rows=tuple(_row(one, front.metrics) for one in front.members),
        flush_right=(False, True, *(True for _ in front.metrics), False),
        notes=tuple(notes),
    )


def front_object(front: Front) -> dict[str, Any]:
    """Describe a front in plain values, units of SI without a prefix."""
    return {
        "metrics": list(front.metrics),
        "front": [_object(one, front.metrics) for one in front.members],
        "dominated": [_object(one, front.metrics) for one in front.dominated],
        "left_out": [
            {"case_id": case.id, "slug": case.slug, "reason": reason}
            for case, reason in front.left_out
        ],
    }


def _row(one: Contender, metrics: tuple[str, ...]) -> tuple[str, ...]:
    shown = (
        quantity(value, MEASURES[name].unit)
        for value, name in zip(one.values, metrics, strict=True)
    )
    return (
        plain_text(one.case.slug),
        DASH if one.parameter_count is None else count(one.parameter_count),
        *shown,
        "close" if one.is_close else "",
    )


def _object(one: Contender, metrics: tuple[str, ...]) -> dict[str, Any]:
    return {
        "case_id": one.case.id,
        "slug": one.case.slug,
        "family": one.case.model.family,
        "parameter_count": one.parameter_count,
        "backend": one.case.target.backend,
        "values": dict(zip(metrics, one.values, strict=True)),
        "dominated_by": one.dominated_by.slug if one.dominated_by else None,
        "is_close": one.is_close,
    }
