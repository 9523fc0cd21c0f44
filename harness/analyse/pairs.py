"""From the pairs of an A/B run to effects: both sides took turns, so each pair is one log ratio."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.analyse.compare.effects import Missing
from harness.analyse.compare.settings import Settings
from harness.analyse.evidence import Evidence, Flags, Readings, Seconds
from harness.analyse.records import evidence_by_case, outcome_by_case
from harness.core.case import Case
from harness.core.comparison import Effect
from harness.core.metric import METRICS
from harness.core.reason import Reason, ReasonCode
from harness.core.run import Run
from harness.core.trial import Outcome, Side, Status, Trial
from harness.statistics.quiet import fewest_quiet

_QUIET: Final = frozenset({"latency_quiet", "throughput_quiet"})
_EXPERIENCED: Final = frozenset({"latency_p50", "throughput"})
_ONCE: Final = frozenset({"prepare_time"})
"""Metrics with one value a process."""
_RATES: Final = frozenset({"throughput_quiet", "throughput"})
"""Metrics that fall where an iteration takes longer."""
_UNQUIET_NOTE: Final = "both sides in the same state, which was not quiet, in {} of {} pairs"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pair:
    """What one round left of one case: two processes that were alive at the same time."""

    round: int
    trials: Mapping[Side, Trial]
    readings: Mapping[Side, Readings]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRatio:
    """Of candidate over baseline, from one pair."""

    value: float
    is_quiet: bool
    """False where it rests on slices in which both sides were slow alike."""


def effects_of_pairs(run: Run, settings: Settings) -> tuple[Effect | Missing, ...]:
    """Give each case one effect a metric, control cases among them; the unit is the pair.

    Slices of one pair are not independent: a stable difference of 0.2 to 0.5 % between two equal
    processes remains, so that the interval is over pairs.

    Args:
        run: An A/B run, finished or not.
        settings: Which metrics; those that no pair can give are left out.
    """
    sides = tuple(Side)
    evidence = {side: evidence_by_case(run, side) for side in sides}
    outcomes = {side: outcome_by_case(run, side) for side in sides}
    found: list[Effect | Missing] = []
    for case in run.header.cases:
        metrics = tuple(_metrics(case, settings))
        own = {side: evidence[side].get(case.id) for side in sides}
        known = {side: one for side, one in own.items() if one is not None}
        if len(known) < len(sides):
            reason = _ended({side: outcomes[side][case.id] for side in sides})
            found += [Missing(case=case, metric=name, reason=reason) for name in metrics[:1]]
            continue
        pairs = pairs_of(known)
        found += [effect_of_pairs(case, metric, pairs) for metric in metrics]
    return tuple(found)


def _metrics(case: Case, settings: Settings) -> Iterator[str]:
    """Yield the metrics of a comparison that a pair of this case has."""
    for name in settings.compared:
        if name in _QUIET | _EXPERIENCED | _ONCE and case.scenario in METRICS[name].scenarios:
            yield name


def pairs_of(evidence: Mapping[Side, Evidence]) -> tuple[Pair, ...]:
    """Put the trials of both sides together by their round; one that is alone is left out."""
    base, candidate = (_by_round(evidence[side]) for side in (Side.BASE, Side.CANDIDATE))
    return tuple(
        Pair(
            round=number,
            trials={Side.BASE: base[number][0], Side.CANDIDATE: candidate[number][0]},
            readings={Side.BASE: base[number][1], Side.CANDIDATE: candidate[number][1]},
        )
        for number in sorted({*base} & {*candidate})
    )


def _by_round(evidence: Evidence) -> Mapping[int, tuple[Trial, Readings]]:
    timed = [trial for trial in evidence.timing if trial.timeline is not None]
    pairs = zip(timed, evidence.readings, strict=True)
    return {trial.round: (trial, readings) for trial, readings in pairs}


def effect_of_pairs(case: Case, metric: str, pairs: Sequence[Pair]) -> Effect | Missing:
    """Return the mean log ratio over pairs with its spread, or the reason why there is none."""
    ratios = [one for pair in pairs if (one := log_ratio(metric, pair)) is not None]
    if not ratios:
        return Missing(case=case, metric=metric, reason=_too_few(pairs))
    values = np.array([one.value for one in ratios])
    unquiet = sum(not one.is_quiet for one in ratios)
    return Effect(
        case=case,
        metric=metric,
        log_ratio=float(values.mean()),
        variance=float(values.var(ddof=1)) if values.size > 1 else 0.0,
        degrees=values.size - 1,
        scale=1 / values.size,
        rounds=values.size,
        paired=True,
        note=_UNQUIET_NOTE.format(unquiet, len(ratios)) if unquiet else "",
    )


def log_ratio(metric: str, pair: Pair) -> LogRatio | None:
    """Return the log ratio of one pair; None where it has too few slices that can be compared."""
    base, candidate = (pair.trials[side] for side in (Side.BASE, Side.CANDIDATE))
    if metric in _ONCE:
        return _log_ratio_of(candidate.prepare_time_ns, base.prepare_time_ns)
    found = slice_log_ratio(pair, any_state=metric in _EXPERIENCED)
    if found is None or metric not in _RATES:
        return found
    return LogRatio(value=-found.value, is_quiet=found.is_quiet)


def _log_ratio_of(above: int | None, below: int | None) -> LogRatio | None:
    return LogRatio(value=math.log(above / below), is_quiet=True) if above and below else None


def slice_log_ratio(pair: Pair, *, any_state: bool) -> LogRatio | None:
    """Return the median log ratio of time per iteration over neighbouring slices.

    The k-th slices of both sides follow each other, in either order. Those count in which both
    sides were quiet; where they are too few, those in which both were in the same state.

    Args:
        pair: Both sides of one round.
        any_state: Take every pair of neighbours: as experienced.
    """
    base, candidate = (pair.readings[side] for side in (Side.BASE, Side.CANDIDATE))
    count = min(base.iterations.size, candidate.iterations.size)
    if not count:
        return None
    ours, theirs = _per_iteration(base)[:count], _per_iteration(candidate)[:count]
    usable = (base.settled[:count] & candidate.settled[:count]) & (ours > 0) & (theirs > 0)
    quiet = usable & base.is_quiet[:count] & candidate.is_quiet[:count]
    alike = usable & (base.is_quiet[:count] == candidate.is_quiet[:count])
    least = fewest_quiet(float(np.median(base.durations_s[:count])))
    choices = ((usable, True),) if any_state else ((quiet, True), (alike, False))
    for chosen, is_quiet in choices:
        if chosen.sum() >= least:
            return LogRatio(value=_median_log(ours, theirs, chosen), is_quiet=is_quiet)
    return None


def _median_log(below: Seconds, above: Seconds, chosen: Flags) -> float:
    return float(np.median(np.log(above[chosen] / below[chosen])))


def _per_iteration(readings: Readings) -> Seconds:
    """Return seconds an iteration of each slice, its median where each was timed: (m,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        means = readings.durations_s / readings.iterations
    return np.where(np.isfinite(readings.typical_s), readings.typical_s, means)


def _ended(outcomes: Mapping[Side, Outcome]) -> Reason:
    """Say why a case has no pairs: the failure of either side, or that none was taken."""
    reasons = [outcome.reason for outcome in outcomes.values() if outcome.reason is not None]
    failed = [
        outcome.reason
        for outcome in outcomes.values()
        if outcome.status is Status.FAILED and outcome.reason is not None
    ]
    chosen = (failed or reasons)[0]
    return Reason(code=ReasonCode.CASE_NOT_MEASURED, detail=str(chosen), hint=chosen.hint)


def _too_few(pairs: Sequence[Pair]) -> Reason:
    detail = f"none of {len(pairs)} pairs has enough slices in which both sides were alike"
    return Reason(
        code=ReasonCode.MACHINE_UNQUIET,
        detail=detail,
        hint="give each pair more time, or measure while nothing else uses the machine",
    )
