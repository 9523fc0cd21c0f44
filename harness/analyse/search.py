"""What a search asks, and what measured points answer: which is the best that meets every limit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.analyse.search_space import Point
from harness.core.choice import Limit
from harness.core.metric import Better
from harness.core.quality import MEASURES, QUALITIES
from harness.core.record import Record, Value
from harness.core.trial import Status

_AT_LEAST: Final[Mapping[str, tuple[str, ...]]] = {
    "latency_p99": ("latency_p90", "latency_p50"),
    "latency_p90": ("latency_p50",),
}
"""What a percentile without a value is at least: enough to say that it is too much."""

Lookup = Callable[[Point, str], Value | None]
"""Gives what is known of a point without measuring it, such as its network's accuracy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The best in one metric, of what meets every limit."""

    objective: str
    is_maximised: bool
    limits: tuple[Limit, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """All names that matter, each once."""
        return tuple(dict.fromkeys((self.objective, *(one.metric for one in self.limits))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One limit against what a point costs."""

    limit: Limit
    value: float | None
    """None where it is not known, or only known to be too much."""
    excess: float | None
    """Logarithm of how far it is beyond the limit: at most 0 where it is met; None if unknown."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a measured point answers."""

    point: Point
    parameter_count: int | None
    value: float | None
    """Of the objective; None where there is none."""
    low: float | None = None
    high: float | None = None
    held: tuple[Held, ...] = ()
    note: str = ""
    """Why there is no value."""

    @property
    def is_met(self) -> bool | None:
        """Whether it meets every limit; None where that is not known."""
        found = [one.excess for one in self.held]
        if any(excess is not None and excess > 0 for excess in found):
            return False
        return None if None in found or self.value is None else True

    @property
    def excess(self) -> float:
        """By how much it misses the limit that it misses most; 0 where it meets all it is known of.

        A logarithm, so that limits of all units are alike.
        """
        return max((one.excess for one in self.held if one.excess is not None), default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """How much of the grid was measured, and how long that took."""

    points: int
    """Of the grid, without those that were ruled out or cannot be measured here."""
    ruled_out: int = 0
    """Points that were known not to be the answer before any was measured."""
    skipped: int = 0
    """Points that this machine cannot measure."""
    measured: int
    fresh: int
    """Of the measured ones, that were measured by this process, and not before it went on."""
    seconds: float
    """Wall time of measuring the fresh ones."""
    is_out_of_time: bool = False
    """Whether the time ended it, not the number of points."""

    @property
    def saved(self) -> float:
        """Share of the grid that was not measured."""
        return 1 - self.measured / self.points if self.points else 0.0

    @property
    def saved_seconds(self) -> float | None:
        """Time that the rest of the grid would have taken; None where nothing was measured now."""
        each = self.seconds / self.fresh if self.fresh else None
        return None if each is None else each * (self.points - self.measured)


def is_hopeless(point: Point, question: Question, known: Lookup) -> bool:
    """Whether it is known, without measuring, that a point cannot be the answer.

    So it is where a limit is known to be missed, and where what only a quality file can give is
    not in one.
    """
    wanted = [name for name in question.metrics if name in QUALITIES]
    if any(_value(point, name, (), known).value is None for name in wanted):
        return True
    held = [_hold(point, limit, (), known) for limit in question.limits]
    return any(one.excess is not None and one.excess > 0 for one in held)


def judge(point: Point, question: Question, records: Mapping[str, Record], known: Lookup) -> Judged:
    """Hold what was measured of a point against the question.

    Args:
        point: Measured, or failed.
        question: What is wanted.
        records: By case id.
        known: What needs no measuring.
    """
    mine = [records[case.id] for case in point.cases if case.id in records]
    broken = next((one.outcome for one in mine if one.outcome.status is not Status.COMPLETED), None)
    objective = _value(point, question.objective, mine, known)
    note = "" if objective.value is not None else objective.why
    if broken is not None or not mine:
        reason = broken.reason if broken is not None else None
        note = str(reason) if reason is not None else "not measured"
    return Judged(
        point=point,
        parameter_count=next((one.parameter_count for one in mine if one.parameter_count), None),
        value=None if broken is not None or not mine else objective.value,
        low=objective.low,
        high=objective.high,
        held=tuple(_hold(point, limit, mine, known) for limit in question.limits),
        note=note,
    )


def ranked(judged: Sequence[Judged], question: Question) -> tuple[Judged, ...]:
    """Return points that have a value, the best first; those that miss a limit come after."""

    def key(one: Judged) -> tuple[float, float]:
        value = one.value if one.value is not None else math.inf
        cost = -value if question.is_maximised else value
        return (one.excess, cost) if one.is_met is False else (-1.0 + (one.is_met is None), cost)

    return tuple(sorted((one for one in judged if one.value is not None), key=key))


def best(judged: Sequence[Judged], question: Question) -> Judged | None:
    """Return the best of the points that meet every limit; None where none is known to."""
    first = next(iter(ranked(judged, question)), None)
    return first if first is not None and first.is_met else None


def _hold(point: Point, limit: Limit, records: Sequence[Record], known: Lookup) -> Held:
    found = _value(point, limit.metric, records, known)
    if found.value is not None:
        return Held(limit=limit, value=found.value, excess=_beyond(found.value, limit))
    for name in _AT_LEAST.get(limit.metric, ()):
        lower = _value(point, name, records, known).value
        if lower is not None and lower > limit.value:
            note = f"{name} is already beyond it"
            return Held(limit=limit, value=None, excess=_beyond(lower, limit), note=note)
    return Held(limit=limit, value=None, excess=None, note=found.why)


def _beyond(value: float, limit: Limit) -> float:
    ratio = math.inf if not value else math.log(limit.value / value)
    return ratio if MEASURES[limit.metric].better is Better.HIGHER else -ratio


@dataclass(frozen=True, slots=True)
class _Found:
    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = "not measured"


def _value(point: Point, metric: str, records: Sequence[Record], known: Lookup) -> _Found:
    """Return a metric of a point, from the first of its scenarios that has a value."""
    outside = known(point, metric)
    values = [one.values[metric] for one in records if metric in one.values]
    values += [outside] if outside is not None else []
    full = next((one for one in values if one.value is not None), None)
    if full is not None:
        return _Found(full.value, full.low, full.high)
    return _Found(None, why=_reason(values))


def _reason(values: Sequence[Value]) -> str:
    codes = [str(one.reason.code) for one in values if one.reason is not None]
    return next((code for code in codes if code != "not_in_scenario"), "not measured")
