"""After how many inferences a longer preparation is repaid."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Final

from harness.analyse.scaling.points import standard_error
from harness.core.case import Scenario
from harness.core.choice import PayBack
from harness.core.record import Record, Value
from harness.core.scaling import Estimate
from harness.statistics.student import student_t_quantile

_PREPARE: Final = "prepare_time"
_LATENCY: Final = "latency_quiet"
_CONFIDENCE: Final = 0.95
_LEAST_ERROR: Final = 0.005
"""Relative. Without trials to say more, no time is taken to be known better."""


def pay_backs(records: Sequence[Record]) -> tuple[PayBack, ...]:
    """Say after how many iterations the faster of two targets has repaid its preparation.

    Pairs where one target is ready sooner and also faster are left out: nothing is to be repaid.
    """
    groups: dict[tuple[object, ...], list[Record]] = defaultdict(list)
    for record in records:
        case = record.case
        is_plain = not case.replica and case.processes == 1
        if is_plain and case.scenario is Scenario.SINGLE_STREAM:
            groups[case.model, case.batch_size].append(record)
    return tuple(
        found
        for group in groups.values()
        for first, second in combinations(group, 2)
        if (found := _pay_back(first, second)) is not None
    )


def _pay_back(first: Record, second: Record) -> PayBack | None:
    """Hold two targets against each other; None where nothing is to be repaid."""
    times = [_time(record, name) for record in (first, second) for name in (_PREPARE, _LATENCY)]
    if any(time is None for time in times):
        return None
    (prepare_a, latency_a, prepare_b, latency_b) = (time for time in times if time is not None)
    quick, fast = (first, second) if prepare_a[0] <= prepare_b[0] else (second, first)
    longer = _difference(prepare_a, prepare_b)
    saved = _difference(latency_b, latency_a)
    if longer[0] * saved[0] <= 0:
        return None
    trials = min(
        record.values[name].n_trials for record in (first, second) for name in (_PREPARE, _LATENCY)
    )
    quantile = student_t_quantile((1 + _CONFIDENCE) / 2, max(trials - 1, 1))
    low, high = fieller(longer, saved, quantile)
    return PayBack(
        quick=quick.case,
        fast=fast.case,
        inferences=Estimate(value=longer[0] / saved[0], low=low, high=high),
        note="" if high is not None else "which of the two is faster is not sure",
    )


_Known = tuple[float, float]
"""A value and its standard error."""


def fieller(
    numerator: _Known, denominator: _Known, quantile: float
) -> tuple[float | None, float | None]:
    """Return the ends of a positive ratio's interval; None where the denominator may be zero.

    Source: Fieller, Some Problems in Interval Estimation (1954), for independent estimates.
    """
    (top, top_error), (bottom, bottom_error) = numerator, denominator
    g = (quantile * bottom_error / bottom) ** 2
    if g >= 1:
        return None, None
    ratio = top / bottom
    inner = (1 - g) * top_error**2 + (ratio * bottom_error) ** 2
    half = quantile / abs(bottom) * math.sqrt(inner)
    return max((ratio - half) / (1 - g), 0.0), (ratio + half) / (1 - g)


def _time(record: Record, metric: str) -> _Known | None:
    value: Value | None = record.values.get(metric)
    if value is None or value.value is None or value.value <= 0:
        return None
    error = max(standard_error(value) or 0.0, _LEAST_ERROR)
    return value.value, value.value * error


def _difference(first: _Known, second: _Known) -> _Known:
    return first[0] - second[0], math.hypot(first[1], second[1])
