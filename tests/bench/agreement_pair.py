"""Pairs of one runtime: the product's sampler and a bare loop of the same network, in turn."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

from harness.backends.registry import load
from harness.core.case import Case
from harness.measure.probe import Prober, scattered_lines
from harness.measure.slices import Pace
from harness.run.artifacts import Material
from tests.bench.bare import Bare, loop_of
from tests.bench.child import answer, forked
from tests.bench.material import case_of, gathered
from tests.bench.turns import Side, run_of, sampler_of, stay_on, take_turns


def main(backend: str, cache: Path, turn: int, seconds: float, networks: list[str]) -> None:
    """Fork once a network, from a process that has imported this runtime only."""
    cases = [case_of(network, backend) for network in networks]
    material = gathered(cases, cache)
    load(backend).preload()
    if backend == "eager":
        import model_zoo.build  # noqa: F401 - so that forks need not import it
    lines = scattered_lines()
    found = {}
    for case in cases:
        thing = material[case.id]
        found[case.slug] = forked(partial(_pair, case, thing, lines, turn, seconds))
    answer(found)


def _pair(
    case: Case,
    material: Material,
    lines: Any,
    turn: int,
    seconds: float,
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
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), sys.argv[5:])
