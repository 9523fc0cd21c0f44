"""Pairs of one runtime: the product's sampler and a bare loop of the same network, in turn."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

from harness.core.case import Case
from harness.measure.probe import Prober
from harness.measure.slices import Pace
from harness.run.artifacts import Material
from tests.bench.bare import Bare, loop_of
from tests.bench.forks import measure_each
from tests.bench.turns import Side, run_of, sampler_of, stay_on, take_turns


def _pair(
    turn: int,
    seconds: float,
    case: Case,
    material: Material,
    lines: Any,
) -> dict[str, Any]:
    """Hold both sides on one core; every second turn of a core prepares the bare side first."""
    stay_on(turn)
    prober = Prober(lines)
    bare: Bare | None = _bare(case, material) if (turn // 2) % 2 else None
    with sampler_of(case, material, prober) as sampler:
        by_hand = bare or _bare(case, material)
        pace = Pace.of(sampler.iteration_ns)

        def take_product() -> float:
            sampler.take(pace.slice_ns, pace.refill, hunting=False)
            return sampler.tape.slices[-1].typical_ns

        def take_bare() -> float:
            samples = sorted(by_hand.time(pace.slice_ns))
            half = len(samples) // 2
            return (samples[half] + samples[-1 - half]) / 2

        product = Side(run_of(sampler), take_product)
        return take_turns((product, Side(by_hand.run, take_bare)), prober, seconds)


def _bare(case: Case, material: Material) -> Bare:
    return loop_of(case.model, case.target.backend, material.artifact.path)


if __name__ == "__main__":
    measure_each(
        partial(_pair, int(sys.argv[3]), float(sys.argv[4])),
        sys.argv[1],
        Path(sys.argv[2]),
        sys.argv[5:],
    )
