"""One runtime's networks: slices right after a probe beside slices without one, and the share."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import Any, Final

import numpy as np

from harness.core.case import Case
from harness.core.task import Sampling
from harness.core.trial import Slices
from harness.measure.probe import Prober
from harness.measure.sample import Sampler
from harness.measure.slices import Pace, time_each
from harness.run.artifacts import Material
from tests.bench.forks import measure_each
from tests.bench.quiet import quiet_between
from tests.bench.turns import run_of, sampler_of, stay_on

_FEWEST: Final = 8
"""Quiet slices of each kind."""


def _both(
    turn: int,
    seconds: float,
    case: Case,
    material: Material,
    lines: Any,
) -> dict[str, Any]:
    stay_on(turn)
    with sampler_of(case, material, Prober(lines)) as sampler:
        ratio = _ratio(sampler, seconds)
    fixed = Sampling(min_seconds=seconds, max_seconds=seconds)
    with sampler_of(case, material, Prober(lines), fixed) as sampler:
        timeline, _ = sampler.run()
    return {**ratio, "share": share_between(timeline.slices)}


def _ratio(sampler: Sampler, seconds: float) -> dict[str, Any]:
    """Take groups of probe, slice, slice: both slices lie between the same two probes."""
    prober, pace = sampler.instruments.prober, Pace.of(sampler.iteration_ns)
    with_probe, without, before = [], [], []
    start = perf_counter()
    prober.read()
    while perf_counter() - start < seconds:
        before.append(len(prober.readings) - 1)
        sampler.take(pace.slice_ns, pace.refill, hunting=False)
        with_probe.append(sampler.tape.slices[-1].typical_ns)
        without.append(np.median(time_each(run_of(sampler), pace.slice_ns, perf_counter_ns)))
        prober.read()
    flags = quiet_between(prober.readings, before)
    kept = flags if flags.sum() >= _FEWEST else np.ones_like(flags)
    medians = [float(np.median(np.array(side)[kept])) for side in (with_probe, without)]
    return {
        "ratio": medians[0] / medians[1] if kept is flags else None,
        "ratio_of_all": float(np.median(with_probe) / np.median(without)),
        "quiet_share": float(flags.mean()),
    }


def share_between(slices: Slices) -> float:
    """Return the share of sampling time that lies between slices: probes and refills."""
    start, duration = np.array(slices.start_ns), np.array(slices.duration_ns)
    whole = start[-1] + duration[-1] - start[0]
    return float(1 - duration.sum() / whole)


if __name__ == "__main__":
    measure_each(
        partial(_both, int(sys.argv[3]), float(sys.argv[4])),
        sys.argv[1],
        Path(sys.argv[2]),
        sys.argv[5:],
    )
