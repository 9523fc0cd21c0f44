"""Which cases of a baseline the candidate no longer runs, and which it was never asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.analyse.gate import Broken
from harness.analyse.records import outcome_by_case
from harness.analyse.reduced import Reduced
from harness.core.case import Case
from harness.core.run import Run
from harness.core.trial import Outcome, Side, Status


def lost_cases(base: Reduced, candidate: Reduced) -> tuple[tuple[Broken, ...], tuple[Case, ...]]:
    """Compare how cases ended in two runs.

    Returns:
        Cases that the baseline completed and that failed in the candidate; and those that it
        completed and the candidate skipped, or does not have. Control cases are not among them.
    """
    return _lost(base.header.cases, base.outcomes, candidate.outcomes)


def lost_cases_of_pairs(run: Run) -> tuple[tuple[Broken, ...], tuple[Case, ...]]:
    """Compare how cases ended on the two sides of an A/B run; see `lost_cases`."""
    base, candidate = (outcome_by_case(run, side) for side in (Side.BASE, Side.CANDIDATE))
    return _lost(run.header.cases, base, candidate)


def _lost(
    cases: Sequence[Case], base: Mapping[str, Outcome], candidate: Mapping[str, Outcome]
) -> tuple[tuple[Broken, ...], tuple[Case, ...]]:
    alive = [
        case for case in cases if not case.replica and base[case.id].status is Status.COMPLETED
    ]
    broken = tuple(
        Broken(case=case, reason=candidate[case.id].reason)
        for case in alive
        if case.id in candidate and candidate[case.id].status is Status.FAILED
    )
    missing = tuple(
        case
        for case in alive
        if case.id not in candidate or candidate[case.id].status is Status.SKIPPED
    )
    return broken, missing
