"""Two sides in one pinned process, taking slices in turn: A B B A, each between two probes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter, perf_counter_ns
from typing import Any, Final

import numpy as np

from harness.backends.base import PreparedModel
from harness.backends.registry import load
from harness.core.case import Case
from harness.core.task import Sampling
from harness.measure.cores import allowed_cores, pin
from harness.measure.probe import Prober
from harness.measure.sample import Instruments, Sampler
from harness.measure.slices import one_pass
from harness.measure.tape import Tape
from harness.run.artifacts import Material
from harness.statistics.quiet import quiet_median
from model_zoo.inputs import example_inputs
from tests.bench.quiet import quiet_between

_ORDER: Final = (0, 1, 1, 0)
_PATIENCE: Final = 4.0
"""A pair without enough quiet slices goes on for this many times as long."""
_WARM_NS: Final = 2_000_000
"""Untimed passes when the turn goes to a side: the other one has had the caches."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two ways to take a slice of the same network."""

    run: Callable[[], object]
    take: Callable[[], float]
    """Take one slice; return its median in ns."""


@contextmanager
def sampler_of(
    case: Case, material: Material, prober: Prober, sampling: Sampling | None = None
) -> Iterator[Sampler]:
    """Give the product's own sampler over the case, prepared and settled."""
    backend = load(case.target.backend)
    with backend.prepare(material.artifact, case.target, case.batch_size) as model:
        model.bind(example_inputs(case.model, case.batch_size))
        model.run()
        model.run()  # as verifying it would
        yield _settled(model, prober, sampling or Sampling())


def _settled(model: PreparedModel, prober: Prober, sampling: Sampling) -> Sampler:
    sampler = Sampler(
        model=model,
        instruments=Instruments(prober=prober),
        sampling=sampling,
        tape=Tape(level_ns=None, readings=prober.readings),
        together=False,
    )
    sampler.settle()
    return sampler


def run_of(sampler: Sampler) -> Callable[[], None]:
    """Return the call of one pass, as the product's loops make it."""
    return one_pass(sampler.model)


def stay_on(turn: int) -> None:
    """Stay on one core from here on, another one each turn."""
    cores = allowed_cores()
    if cores:
        pin((cores[turn % len(cores)],))


def take_turns(sides: tuple[Side, Side], prober: Prober, seconds: float) -> dict[str, Any]:
    """Alternate until time is up; return the ratio of first to second and how it came about.

    Goes on where one side has too few quiet slices, up to four times as long.
    """
    before: list[int] = []
    values: list[float] = []
    owners: list[int] = []
    start = perf_counter()
    while not _is_over(perf_counter() - start, seconds, prober, before, owners):
        for owner in _ORDER:
            _warm(sides[owner])
            before.append(len(prober.readings))
            prober.read()
            values.append(sides[owner].take())
            prober.read()
            owners.append(owner)
    return _ratio(prober, before, np.array(values), np.array(owners))


def _warm(side: Side) -> None:
    end = perf_counter_ns() + _WARM_NS
    side.run()
    while perf_counter_ns() < end:
        side.run()


def _is_over(
    passed: float, seconds: float, prober: Prober, before: list[int], owners: list[int]
) -> bool:
    if passed < seconds or not before:
        return False
    flags = quiet_between(prober.readings, before)
    enough = min(int(flags[np.array(owners) == owner].sum()) for owner in (0, 1)) >= len(_ORDER) * 2
    return enough or passed > _PATIENCE * seconds


def _ratio(prober: Prober, before: list[int], values: Any, owners: Any) -> dict[str, Any]:
    flags = quiet_between(prober.readings, before)
    quiet = [quiet_median(values[owners == owner], flags[owners == owner]) for owner in (0, 1)]
    every = [float(np.median(values[owners == owner])) for owner in (0, 1)]
    found = quiet[0] is not None and quiet[1] is not None
    return {
        "ratio": quiet[0] / quiet[1] if quiet[0] is not None and quiet[1] is not None else None,
        "ratio_of_all": every[0] / every[1],
        "first_ns": quiet[0] if found else every[0],
        "quiet_share": float(flags.mean()),
        "slices": len(before),
    }
