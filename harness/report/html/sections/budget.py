"""What is the largest network within a budget?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.analyse.budget import affordable
from harness.core.choice import Affordable
from harness.core.record import Record
from harness.report.budget_table import budget_table
from harness.report.format import plain_text, quantity, scaled_count
from harness.report.html.asked import Asked
from harness.report.laws import subject_name
from harness.report.section import Section


def budget(asked: Asked) -> Section | None:
    """Answer for every family and target; None where no limited metric has a law."""
    limits = tuple(
        limit
        for limit in asked.wishes.limits
        if any(_has(record, limit.metric) for record in asked.machine.records)
    )
    found = affordable(asked.laws, limits) if limits and asked.laws else ()
    if not found:
        return None
    within = " and ".join(plain_text(limit.text) for limit in limits)
    return Section(
        key="budget",
        question=f"What is the largest network within {within}?",
        answers=tuple(_answers(found)),
        tables=(budget_table(found),),
    )


def _has(record: Record, metric: str) -> bool:
    return record.values[metric].value is not None


def _answers(found: Sequence[Affordable]) -> Iterator[str]:
    """Say each size with its probability, the largest first; then count what has no answer."""
    known = [one for one in found if one.size is not None and one.holds]
    for one in sorted(known, key=lambda one: -(one.size or 0)):
        sure = "" if one.probability is None else f", with {quantity(one.probability, '1')}"
        binds = "" if one.binds is None else f"; {plain_text(one.binds.metric)} binds"
        beyond = "; extrapolated" if one.is_extrapolated else ""
        yield (
            f"{subject_name(one.subject)}: {scaled_count(one.size or 0)} parameters{sure}"
            f"{binds}{beyond}."
        )
    if len(known) < len(found):
        yield f"{len(found) - len(known)} of {len(found)} have no answer; the table says why."
