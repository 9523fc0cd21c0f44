"""How the work of a family's networks grows with their parameter count, as far as it is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from harness.analyse.scaling.minimise import Numbers
from harness.core.scaling import SizePoint, Subject
from model_zoo.cost import cost
from model_zoo.families import FAMILIES
from model_zoo.solve import LARGEST, parameter_count, solve
from model_zoo.spec import ModelSpec

_AHEAD: Final = 10**0.5
"""Factor beyond the largest size over which the work's exponent is taken: half a decade."""
_OF_WORK: Final = frozenset(
    {
        "latency_quiet",
        "latency_p50",
        "latency_p90",
        "latency_p99",
        "host_latency_p50",
        "device_time_p50",
        "throughput",
        "throughput_quiet",
        "energy_per_item",
    }
)
"""Metrics that grow with the FLOPs; the others grow with the weights themselves."""


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What a law is held against beyond its largest size."""

    logarithms: Numbers
    """(n,) of the work of each point, in any unit."""
    ahead: float
    """Exponent of the work in the parameter count beyond the largest point."""


def work_of(points: Sequence[SizePoint], subject: Subject | None) -> Work | None:
    """Return the work of a law's networks: FLOPs, or weights where cost does not follow FLOPs.

    None where the points are no networks. A network that is not the zoo's is taken to do work in
    proportion to its weights.
    """
    if subject is None:
        return None
    flops = [_flops_of(point) for point in points]
    if subject.metric in _OF_WORK and all(flops):
        return Work(np.log([number or 1 for number in flops]), _exponent_ahead(points[-1]))
    return Work(np.log([point.size for point in points]), 1.0)


def _flops_of(point: SizePoint) -> int | None:
    if point.case is None or point.case.model.family not in FAMILIES:
        return None
    try:
        return _flops(point.case.model)
    except (KeyError, ValueError):  # a file may hold a network that this version cannot build
        return None


@lru_cache(maxsize=1 << 12)
def _flops(model: ModelSpec) -> int:
    return cost(model).flops


def _exponent_ahead(last: SizePoint) -> float:
    """Return the work's exponent over the next half decade; 1 beyond the largest that is built."""
    assert last.case is not None  # noqa: S101 - its FLOPs are known
    size = last.case.nominal or last.size
    if size * _AHEAD > LARGEST:
        return 1.0
    return _step_ahead(last.case.model, round(size * _AHEAD))


@lru_cache(maxsize=1 << 12)
def _step_ahead(last: ModelSpec, size: int) -> float:
    following = solve(last.family, size)
    more = math.log(_flops(following) / _flops(last))
    return more / math.log(parameter_count(following) / parameter_count(last))
