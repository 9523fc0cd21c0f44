"""Which slices count: the product's own rule, applied to what a bench took itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.core.trial import Trial
from harness.measure.probe import Reading
from harness.statistics.quiet import Probes, classify, native_level, quiet_median


def quiet_between(readings: Sequence[Reading], before: Sequence[int]) -> NDArray[np.bool_]:
    """Say of each slice whether the reading at `before` and the next one are quiet: (slices,)."""
    probes = Probes(
        np.array([r.native for r in readings], dtype=np.float64),
        np.array([r.loop for r in readings], dtype=np.float64),
    )
    level = native_level(probes.native_ns)
    place = np.array(before, dtype=np.int64)
    if level is None:
        return np.zeros(place.shape, dtype=np.bool_)
    return classify(probes, place, place + 1, level)


def level_of(trials: Sequence[Trial]) -> float | None:
    """Return the quiet level of the native probe over all these trials, in ns."""
    readings = [ns for trial in trials if trial.timeline for ns in trial.timeline.probes.native_ns]
    return native_level(np.array(readings, dtype=np.float64))


def quiet_latency(trial: Trial, level: float) -> float | None:
    """Return the median of the medians of a trial's quiet slices, in ns; None for too few."""
    if trial.timeline is None:
        raise RuntimeError(f"{trial.case_id}: {trial.outcome.reason}")
    slices, probes = trial.timeline.slices, trial.timeline.probes
    ends = np.cumsum(slices.iterations)[:-1]
    parts = np.split(np.array(trial.timeline.samples_ns, dtype=np.float64), ends)
    medians = np.array([np.median(part) for part in parts])
    readings = Probes(
        np.array(probes.native_ns, dtype=np.float64), np.array(probes.loop_ns, dtype=np.float64)
    )
    before, after = np.array(slices.before), np.array(slices.after)
    return quiet_median(medians, classify(readings, before, after, level))
