"""Whether networks that were predicted to fit do so, and the next grade up does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from harness.core.case import Case
from harness.core.choice import Affordable, Answered, Confirmation, Limit, Pair
from harness.core.metric import METRICS, Better
from harness.core.record import Record
from model_zoo.families import FAMILIES
from model_zoo.solve import LARGEST, smallest, solve

GRADE: Final = 10**0.5
"""Factor from one size of the standard plan to the next."""


def networks(found: Sequence[Affordable]) -> tuple[Pair, ...]:
    """Solve the largest network that fits each answer, and the next grade up.

    Answers without a size are left out, and those of networks that are not the zoo's.
    """
    return tuple(
        Pair(
            answer=answer,
            fits=_cases(answer, answer.size),
            above=_cases(answer, round(answer.size * GRADE)),
        )
        for answer in found
        if answer.size is not None and _is_solvable(answer, answer.size)
    )


def confirmations(pairs: Sequence[Pair], records: Sequence[Record]) -> tuple[Confirmation, ...]:
    """Hold what was measured of each pair against the limits."""
    by_id = {record.case.id: record for record in records if not record.case.replica}
    return tuple(
        Confirmation(
            pair=pair,
            fits=_answered(pair, pair.fits, by_id),
            above=_answered(pair, pair.above, by_id),
        )
        for pair in pairs
    )


def _is_solvable(answer: Affordable, size: int) -> bool:
    family = answer.subject.family
    return family in FAMILIES and smallest(family) <= size <= LARGEST


def _cases(answer: Affordable, size: int) -> tuple[Case, ...]:
    """Return one network in every scenario that a limit is about; none beyond what there is."""
    if not _is_solvable(answer, size):
        return ()
    model = solve(answer.subject.family, size)
    subjects = [one.law.subject for one in answer.limits if one.law is not None]
    scenarios = dict.fromkeys(subject.scenario for subject in subjects if subject is not None)
    return tuple(
        Case(
            model=model,
            target=answer.subject.target,
            scenario=scenario,
            batch_size=answer.subject.batch_size,
            nominal=size,
        )
        for scenario in scenarios
    )


def _answered(
    pair: Pair, cases: Sequence[Case], by_id: Mapping[str, Record]
) -> tuple[Answered, ...]:
    """Hold each limit against the case of its own scenario."""
    records = {case.scenario: by_id.get(case.id) for case in cases}
    return tuple(
        _held(one.limit, records.get(one.law.subject.scenario))
        for one in pair.answer.limits
        if cases and one.law is not None and one.law.subject is not None
    )


def _held(limit: Limit, record: Record | None) -> Answered:
    value = None if record is None else record.values.get(limit.metric)
    if value is None or value.value is None:
        reason = value.reason.code if value is not None and value.reason else "not measured"
        return Answered(limit=limit, value=None, is_met=None, note=str(reason))
    is_rate = METRICS[limit.metric].better is Better.HIGHER
    is_met = value.value >= limit.value if is_rate else value.value <= limit.value
    return Answered(limit=limit, value=value.value, is_met=is_met)
