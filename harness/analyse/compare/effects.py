"""From the trials of two sides to one effect a case and metric, before any verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.analyse.compare.measured import Key, Measured, measure
from harness.analyse.compare.pace import Following
from harness.analyse.compare.rules import RULES, TIME
from harness.analyse.compare.settings import Settings
from harness.core.case import Case
from harness.core.comparison import Effect
from harness.core.reason import Reason, ReasonCode
from harness.core.run import Run

_TELLING: Final = frozenset(
    {ReasonCode.MACHINE_UNQUIET, ReasonCode.TOO_FEW_SAMPLES, ReasonCode.METER_READS_TOO_LOW}
)
"""Reasons for which a metric that neither side has is still listed: it was to be measured."""

_Logs = list[NDArray[np.float64]]
"""Logarithms of one value a trial, by run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A case and metric that cannot be compared, and why."""

    case: Case
    metric: str
    reason: Reason


def effects(
    base: Sequence[Run], candidate: Sequence[Run], settings: Settings
) -> tuple[Effect | Missing, ...]:
    """Hold every case that both sides have against itself, metric by metric."""
    ours, theirs = ([measure(run, settings.compared) for run in side] for side in (base, candidate))
    return measured_effects(ours, theirs, settings.compared)


def measured_effects(
    base: Sequence[Measured],
    candidate: Sequence[Measured],
    metrics: Sequence[str],
    following: Following | None = None,
) -> tuple[Effect | Missing, ...]:
    """Hold every case that both sides asked for against itself; control cases among them.

    What neither side has a value of is left out, unless it was to be measured and could not be.

    Args:
        base: Runs of one side.
        candidate: Runs of the other.
        metrics: Names of those that are compared.
        following: How trials follow the pace of the machine, which is then taken out of them.
    """
    follow = following or Following()
    theirs = {case.id for run in candidate for case in run.cases}
    ours = {case.id: case for run in base for case in run.cases}
    found = [
        _effect(case, (case_id, metric), (base, candidate), follow)
        for case_id, case in ours.items()
        if case_id in theirs
        for metric in metrics
    ]
    return tuple(one for one in found if one is not None)


def effect_of(case: Case, metric: str, base: _Logs, candidate: _Logs, note: str = "") -> Effect:
    """Make the effect of two groups of trials, each of one run or more.

    Where a side has several runs, its trials are no more alike than its runs are: the spread is
    that of trials within runs, or that of runs where it is larger.

    Source: Kalibera and Jones, Rigorous Benchmarking in Reasonable Time (2013): the level at which
    the spread arises is the one to repeat.

    Args:
        case: Which.
        metric: Which.
        base: (runs, trials of each) natural logarithms; at least one number in all.
        candidate: The same of the other side.
        note: What the reader should know beside the number.
    """
    first, second = np.concatenate(base), np.concatenate(candidate)
    variance, degrees = _spread([base, candidate])
    return Effect(
        case=case,
        metric=metric,
        log_ratio=float(second.mean() - first.mean()),
        variance=variance,
        degrees=degrees,
        scale=1 / first.size + 1 / second.size,
        rounds=min(first.size, second.size),
        note=note,
    )


def _spread(sides: Sequence[_Logs]) -> tuple[float, float]:
    """Return the variance of one trial and its degrees of freedom."""
    runs = [run for side in sides for run in side]
    within = sum(run.size for run in runs) - len(runs)
    squares = float(sum(((run - run.mean()) ** 2).sum() for run in runs))
    between = len(runs) - len(sides)
    apart = sum(
        run.size * float(run.mean() - np.concatenate(side).mean()) ** 2
        for side in sides
        for run in side
    )
    if between and apart / between > squares / max(within, 1):
        return apart / between, between
    degrees = within + between
    return ((squares + apart) / degrees if degrees else 0.0), degrees


def _effect(
    case: Case, key: Key, sides: tuple[Sequence[Measured], Sequence[Measured]], follow: Following
) -> Effect | Missing | None:
    metric = key[1]
    base, candidate = sides
    ours, theirs = (_logs(key, side, follow) for side in sides)
    if ours and theirs:
        return effect_of(case, metric, ours, theirs, _note(key, (*base, *candidate)))
    reasons = [_reason(key, side) for side in (base, candidate)]
    known = [reason for reason in reasons if reason is not None]
    if not known or not (ours or theirs or any(reason.code in _TELLING for reason in known)):
        return None
    first = "baseline" if reasons[0] is not None else "candidate"
    detail = f"{first}: {known[0].detail}" if known[0].detail else first
    return Missing(case=case, metric=metric, reason=replace(known[0], detail=detail))


def _logs(key: Key, side: Sequence[Measured], follow: Following) -> _Logs:
    """Return the logarithms of the trials of each run that has some."""
    least = RULES[key[1]].least
    return [
        np.log(np.maximum(np.array(run.values[key], dtype=np.float64), least))
        - follow.pace(run, key)
        for run in side
        if key in run.values
    ]


def _reason(key: Key, side: Sequence[Measured]) -> Reason | None:
    """Return why a side has no value; None where it has one, or does not know the metric."""
    if any(key in run.values for run in side):
        return None
    return next((run.reasons[key] for run in side if key in run.reasons), None)


def _note(key: Key, runs: Sequence[Measured]) -> str:
    """Return what is to be said of timings; of other metrics nothing."""
    if RULES[key[1]] is not TIME:
        return ""
    return next((run.unsteady[key[0]] for run in runs if key[0] in run.unsteady), "")
