"""One runtime's networks: windows of the energy pass beside the plain loop, on the same core."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import Any, Final

import numpy as np

from harness.core.case import Case
from harness.measure.energy import Windower
from harness.measure.energy_counters import Found
from harness.measure.probe import Prober
from harness.measure.slices import Runnable, time_together
from harness.meters.rapl import RaplMeter
from harness.run.artifacts import Material
from tests.bench.forks import measure_each
from tests.bench.quiet import quiet_between
from tests.bench.turns import sampler_of, stay_on

_WINDOW_NS: Final = 200_000_000
"""The shortest window that a pass takes: its readings are two, however long it is."""
_CHUNK_NS: Final = 10_000_000
_FEWEST: Final = 8
"""Quiet pairs; with fewer all of them count."""


def _both(
    turn: int, seconds: float, root: Path, case: Case, material: Material, lines: Any
) -> dict[str, float]:
    """Return throughput between readings over that of the plain loop: the median of quiet pairs."""
    stay_on(turn)
    windower = Windower(found=Found(meters=RaplMeter(root).counters()), least_ns=_WINDOW_NS)
    prober = Prober(lines)
    with sampler_of(case, material, prober) as sampler:
        windower.learn_periods()
        pairs, before = _pairs(windower, sampler.model, prober, seconds)
    flags = quiet_between(prober.readings, before)
    kept = flags if flags.sum() >= _FEWEST else np.ones_like(flags)
    return {"ratio": float(np.median(np.array(pairs)[kept]))}


def _pairs(
    windower: Windower, model: Runnable, prober: Prober, seconds: float
) -> tuple[list[float], list[int]]:
    """Take windows between two halves of the plain loop; say which probe is before each group."""
    once_ns = min(time_together(model, 1, perf_counter_ns) for _ in range(20))
    chunk, count = (max(1, length // once_ns) for length in (_CHUNK_NS, _WINDOW_NS // 2))
    pairs: list[float] = []
    before: list[int] = []
    start = perf_counter()
    prober.read()
    while perf_counter() - start < seconds:
        before.append(len(prober.readings) - 1)
        plain_ns = time_together(model, count, perf_counter_ns)
        windower.book.moments.clear()
        windower.book.read()
        iterations = windower.work(model, _WINDOW_NS, chunk)
        windower.book.read()
        plain_ns += time_together(model, count, perf_counter_ns)
        prober.read()
        (counter, *_) = windower.book.counters({})
        passed_ns = counter.at_ns[-1] - counter.at_ns[0]
        pairs.append((iterations / passed_ns) / (2 * count / plain_ns))
    return pairs, before


if __name__ == "__main__":
    measure_each(
        partial(_both, int(sys.argv[3]), float(sys.argv[4]), Path(sys.argv[5])),
        sys.argv[1],
        Path(sys.argv[2]),
        sys.argv[6:],
    )
