"""Budgets as tables, and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from harness.core.choice import Affordable, Answered, Confirmation, LimitAnswer
from harness.core.metric import METRICS
from harness.report.format import DASH, count, plain_text, quantity, scaled_count
from harness.report.laws import subject_name
from harness.report.laws_json import subject_object
from harness.report.table import Table

_YES_OR_NO: Final = {True: "yes", False: "NO", None: "not known"}


def budget_table(found: Sequence[Affordable], *, doubtful: bool = False) -> Table:
    """Lay out one line a family and target: the largest network, how sure, and what binds.

    Args:
        found: At least one.
        doubtful: Whether sizes are shown that follow from a law that does not hold.
    """
    asked = ", ".join(one.limit.text for one in found[0].limits)
    return Table(
        title=f"largest network within {plain_text(asked)}",
        headings=("law", "parameters", "probability", "binds", "each alone", "remarks"),
        rows=tuple(_row(one, doubtful=doubtful) for one in found),
        flush_right=(False, True, True, False, False, False),
        notes=(
            "probability: that a network of this size meets every limit; each alone: at even odds",
            "extrapolated: beyond the sizes measured; over one order of magnitude it is refused",
        ),
    )


def confirmation_table(found: Sequence[Confirmation]) -> Table:
    """Lay out what was measured of the network that should fit, and of the next grade up."""
    right = sum(one.is_met is True for one in found)
    largest = sum(one.is_largest is True for one in found)
    return Table(
        title="confirmed by measurement",
        headings=("law", "parameters", "measured", "fits", "next grade", "measured", "misses"),
        rows=tuple(_confirmed(one) for one in found),
        flush_right=(False, True, True, False, True, True, False),
        notes=(
            f"{right} of {len(found)} networks meet the budget",
            f"{largest} of the next grades up (half a decade) do not",
        ),
    )


def budget_objects(found: Sequence[Affordable]) -> list[dict[str, Any]]:
    """Describe each answer in plain values, units of SI without a prefix."""
    return [
        {
            **subject_object(one.subject),
            "size": one.size,
            "holds": one.holds,
            "probability": one.probability,
            "binds": one.binds.metric if one.binds else None,
            "is_extrapolated": one.is_extrapolated,
            "limits": [_limit(each) for each in one.limits],
            "note": one.note,
        }
        for one in found
    ]


def confirmation_objects(found: Sequence[Confirmation]) -> list[dict[str, Any]]:
    """Describe each confirmation in plain values."""
    return [
        {
            **subject_object(one.pair.answer.subject),
            "size": one.pair.fits[0].nominal,
            "fits": one.is_met,
            "measured": {each.limit.metric: each.value for each in one.fits},
            "next_grade": one.pair.above[0].nominal if one.pair.above else None,
            "next_grade_misses": one.is_largest,
            "next_grade_measured": {each.limit.metric: each.value for each in one.above},
        }
        for one in found
    ]


def _row(one: Affordable, *, doubtful: bool) -> tuple[str, ...]:
    alone = "; ".join(_alone(each, doubtful=doubtful) for each in one.limits)
    shown = one.size is not None and (doubtful or one.holds)
    remarks = ["extrapolated"] if shown and one.is_extrapolated else []
    remarks += [one.note] if one.note else []
    return (
        subject_name(one.subject),
        count(one.size) if shown and one.size is not None else DASH,
        quantity(one.probability, "1") if shown and one.probability is not None else DASH,
        one.binds.metric if shown and one.binds else DASH,
        alone,
        plain_text("; ".join(remarks), longest=400),
    )


def _alone(one: LimitAnswer, *, doubtful: bool) -> str:
    shown = doubtful or (one.law is not None and one.law.holds)
    size = scaled_count(one.size) if shown and one.size is not None else DASH
    return f"{one.limit.metric} {size}"


def _limit(one: LimitAnswer) -> dict[str, Any]:
    return {
        "metric": one.limit.metric,
        "limit": one.limit.value,
        "size": one.size,
        "law_holds": None if one.law is None else one.law.holds,
        "note": one.note,
    }


def _confirmed(one: Confirmation) -> tuple[str, ...]:
    above = one.pair.above
    return (
        subject_name(one.pair.answer.subject),
        count(one.pair.fits[0].nominal),
        _measured(one.fits),
        _YES_OR_NO[one.is_met],
        count(above[0].nominal) if above else DASH,
        _measured(one.above),
        _YES_OR_NO[one.is_largest],
    )


def _measured(answers: Sequence[Answered]) -> str:
    return ", ".join(
        f"{DASH} {one.note}"
        if one.value is None
        else quantity(one.value, METRICS[one.limit.metric].unit)
        for one in answers
    )
