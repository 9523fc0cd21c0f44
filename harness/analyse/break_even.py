"""Where two targets cost the same: by network size, and by batch size."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np

from harness.analyse.crossing import Crossing, Numbers, crossings
from harness.analyse.scaling.curve import network_logarithms
from harness.analyse.scaling.points import cost_of, standard_error, subject_of
from harness.core.case import Target
from harness.core.choice import Axis, BreakEven
from harness.core.record import Record
from harness.core.scaling import Estimate, Law, Subject
from harness.statistics.student import student_t_quantile

_BEYOND: Final = 10.0
"""Factor beyond the sizes of both laws up to which a break-even size is looked for."""
_STEPS: Final = 500
_CONFIDENCE: Final = 0.95
_THROUGHPUT: Final = "throughput_quiet"
_LEAST_ERROR: Final = 0.005
"""Relative. Without trials to say more, no cost is taken to be known better."""
_ANY: Final = Target(backend="any")


def break_evens(laws: Sequence[Law]) -> tuple[BreakEven, ...]:
    """Find the sizes at which two targets cost the same, for every pair that differs in no more."""
    groups: dict[Subject, list[Law]] = defaultdict(list)
    for law in laws:
        if law.subject is not None and law.curve is not None:
            groups[replace(law.subject, target=_ANY)].append(law)
    return tuple(
        found
        for group in groups.values()
        for first, second in combinations(group, 2)
        for found in _sizes(first, second)
    )


def batch_break_evens(records: Sequence[Record]) -> tuple[BreakEven, ...]:
    """Find the batch sizes at which two targets cost the same per item, for every network.

    Costs are taken from the quiet throughput; between two batch sizes they follow a power.
    """
    groups: dict[tuple[object, ...], dict[Target, list[Record]]] = defaultdict(dict)
    for record in records:
        value = record.values.get(_THROUGHPUT)
        is_plain = not record.case.replica and record.case.processes == 1
        if value is not None and value.value is not None and is_plain:
            key = (record.case.model, record.parameter_count)
            groups[key].setdefault(record.case.target, []).append(record)
    return tuple(
        found
        for targets in groups.values()
        for first, second in combinations(targets.values(), 2)
        for found in _batches(first, second)
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Pair:
    """Two targets along one axis: where they were measured, and how they differ there."""

    axis: Axis
    first: Subject
    second: Subject
    places: Numbers
    """(n,) along the axis."""
    differences: Numbers
    """(n,) logarithm of the first's cost over the second's."""
    errors: Numbers
    limit: float
    """Standard errors beyond which a sign is sure."""
    low: float
    high: float
    """Ends of what both were measured at."""
    size: int | None = None
    note: str = ""

    def answers(self) -> tuple[BreakEven, ...]:
        """Describe every crossing, or say that there is none."""
        found = crossings(self.places, self.differences, self.errors, self.limit)
        return tuple(map(self._crossing, found)) or (self._none(),)

    def _crossing(self, one: Crossing) -> BreakEven:
        pair = (self.first.target, self.second.target)
        below, above = pair if one.is_rising else pair[::-1]
        return BreakEven(
            axis=self.axis,
            first=self.first,
            second=self.second,
            size=self.size,
            at=Estimate(value=one.at, low=one.low, high=one.high),
            cheaper_below=below,
            cheaper_above=above,
            is_extrapolated=not self.low <= one.at <= self.high,
            note=self.note,
        )

    def _none(self) -> BreakEven:
        """Say which of the two is cheaper everywhere, if one surely is."""
        inside = (self.places >= self.low) & (self.places <= self.high)
        sure = inside & (np.abs(self.differences) > self.limit * self.errors)
        cheaper = None
        note = "the two cannot be told apart"
        if sure.any():
            is_first = bool(self.differences[sure][0] < 0)
            cheaper = (self.first if is_first else self.second).target
            note = "the same one is cheaper throughout"
        return BreakEven(
            axis=self.axis,
            first=self.first,
            second=self.second,
            size=self.size,
            at=None,
            cheaper_below=cheaper,
            cheaper_above=cheaper,
            note="; ".join(part for part in (note, self.note) if part),
        )


def _sizes(first: Law, second: Law) -> tuple[BreakEven, ...]:
    ours, theirs = first.curve, second.curve
    low = max(first.points[0].size, second.points[0].size)
    high = min(first.points[-1].size, second.points[-1].size)
    if ours is None or theirs is None or first.subject is None or second.subject is None:
        return ()
    if low >= high:
        return ()
    doubts = [
        f"the law of {law.subject.target.backend} does not hold"
        for law in (first, second)
        if law.subject is not None and not law.holds
    ]
    places = np.geomspace(low / _BEYOND, high * _BEYOND, _STEPS)
    costs = [network_logarithms(curve, places) for curve in (ours, theirs)]
    return _Pair(
        axis=Axis.PARAMETER_COUNT,
        first=first.subject,
        second=second.subject,
        places=places,
        differences=costs[0][0] - costs[1][0],
        errors=np.sqrt(costs[0][1] + costs[1][1]),
        limit=_limit(min(ours.degrees, theirs.degrees)),
        low=low,
        high=high,
        note="; ".join(doubts),
    ).answers()


def _batches(first: Sequence[Record], second: Sequence[Record]) -> tuple[BreakEven, ...]:
    """Compare two targets at the batch sizes that both have, and in between."""
    ours, theirs = (_by_batch(records) for records in (first, second))
    shared = sorted(set(ours) & set(theirs))
    if len(shared) < 2:  # noqa: PLR2004 - a line has two ends
        return ()
    known = np.array(shared, dtype=np.float64)
    gaps = np.array([ours[batch][0] - theirs[batch][0] for batch in shared])
    errors = np.array([math.hypot(ours[batch][1], theirs[batch][1]) for batch in shared])
    places = np.geomspace(known[0], known[-1], _STEPS)
    logs = np.log(places), np.log(known)
    trials = min(record.values[_THROUGHPUT].n_trials for record in (*first, *second))
    return _Pair(
        axis=Axis.BATCH_SIZE,
        first=subject_of(first[0], _THROUGHPUT),
        second=subject_of(second[0], _THROUGHPUT),
        places=places,
        differences=np.interp(*logs, gaps),
        errors=np.interp(*logs, errors),
        limit=_limit(trials - 1),
        low=float(known[0]),
        high=float(known[-1]),
        size=first[0].parameter_count,
    ).answers()


def _by_batch(records: Sequence[Record]) -> dict[int, tuple[float, float]]:
    """Return by batch size the logarithm of the time per item, and its standard error."""
    found = {}
    for record in records:
        value = record.values[_THROUGHPUT]
        if value.value is not None and value.value > 0:
            error = standard_error(value)
            cost = math.log(cost_of(value.value, _THROUGHPUT))
            found[record.case.batch_size] = cost, max(error or 0.0, _LEAST_ERROR)
    return found


def _limit(degrees: int) -> float:
    return student_t_quantile((1 + _CONFIDENCE) / 2, max(degrees, 1))
