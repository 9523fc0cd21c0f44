"""Durations of single iterations as experienced, for tools that work out their own figures."""

from __future__ import annotations

from harness.analyse.evidence import Evidence, Readings
from harness.core.case import Scenario


def iterations_of(evidence: Evidence) -> tuple[tuple[float, ...], ...]:
    """Return seconds per iteration, without warm-up and slices that were hunted for.

    Returns:
        One row a trial, in the order taken; a trial without any is left out. In `offline` an
        iteration is not timed by itself: there a value is the mean of a slice's.
    """
    is_offline = evidence.case.scenario is Scenario.OFFLINE
    rows = (_means(one) if is_offline else _samples(one) for one in evidence.readings)
    return tuple(row for row in rows if row)


def _samples(readings: Readings) -> tuple[float, ...]:
    return tuple(readings.samples.values.tolist())


def _means(readings: Readings) -> tuple[float, ...]:
    chosen = readings.experienced & (readings.iterations > 0)
    return tuple((readings.durations_s[chosen] / readings.iterations[chosen]).tolist())
