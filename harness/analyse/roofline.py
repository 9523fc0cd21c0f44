"""How far each case is from what the hardware can do, and which bound explains its time.

Source: Williams, Waterman and Patterson, Roofline: An Insightful Visual Performance Model for
Multicore Architectures (2009). Source: Ilic, Pratas and Sousa, Cache-aware Roofline Model:
Upgrading the Loft (2014), for a roof of each cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from harness.core.case import Case, Precision, Scenario
from harness.core.peaks import Bandwidth, Peaks
from harness.core.record import Record
from harness.core.scaling import Estimate
from model_zoo.cost import Cost, cost

_BYTES: Final = {Precision.FP32: 4, Precision.FP16: 2, Precision.BF16: 2}
"""Of one weight or activation."""
_TORCH: Final = frozenset({"eager", "torchscript"})
"""Backends whose operations cost what torch's do; the launch of others was not measured."""
EXPLAINS: Final = 0.5
"""Share of the time from which on a bound explains it."""


class Roof(StrEnum):
    """What a pass cannot be faster than."""

    COMPUTE = "compute"
    """Its FLOPs at the measured peak of its precision."""
    MEMORY = "memory"
    """Its weights, inputs and outputs once, at the bandwidth of its working set."""
    LAUNCH = "launch"
    """Its products one after the other, each at the cost of the smallest operation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attained:
    """One case under its roofs."""

    case: Case
    parameter_count: int
    flops: int
    """Of one iteration."""
    bytes_moved: int
    """Of one iteration, at the least: weights, inputs and outputs once."""
    seconds: Estimate
    """Of one iteration, in the quiet state."""
    floors: Mapping[Roof, float]
    """Seconds that each roof asks for at the least."""

    @property
    def intensity(self) -> float:
        """FLOPs per byte moved."""
        return self.flops / self.bytes_moved

    @property
    def flops_per_s(self) -> Estimate:
        """Achieved FLOP/s."""
        return _rate(self.flops, self.seconds)

    @property
    def bytes_per_s(self) -> Estimate:
        """Achieved B/s."""
        return _rate(self.bytes_moved, self.seconds)

    @property
    def attainable(self) -> float:
        """FLOP/s at which compute or memory would end."""
        return self.flops / max(self.floors[Roof.COMPUTE], self.floors[Roof.MEMORY])

    @property
    def share(self) -> Estimate:
        """Of the attainable: 1 is the roof. Above 1 where a peak was not reached when measured."""
        return _rate(max(self.floors[Roof.COMPUTE], self.floors[Roof.MEMORY]), self.seconds)

    @property
    def bound(self) -> Roof:
        """The roof that asks for the most time."""
        return max(self.floors, key=lambda roof: self.floors[roof])

    @property
    def explained(self) -> float:
        """Share of the time that this roof asks for."""
        return self.floors[self.bound] / self.seconds.value

    @property
    def is_explained(self) -> bool:
        """Whether that is most of it; else the runtime's own cost or its kernels are."""
        return self.explained >= EXPLAINS


@dataclass(frozen=True, slots=True, kw_only=True)
class Unattained:
    """A case that cannot be held against a roof, and why."""

    case: Case
    why: str


def roofline(
    records: Iterable[Record], peaks: Sequence[Peaks]
) -> tuple[tuple[Attained, ...], tuple[Unattained, ...]]:
    """Hold every case that was measured against the peaks of its device and threads.

    Args:
        records: Of one machine, in any order; control cases and cases that did not complete are
            left out.
        peaks: Of the same machine.
    """
    of = {(one.device, one.threads): one for one in peaks}
    found = [
        _attained(record, of.get((record.case.target.device, record.case.target.threads)))
        for record in records
        if not record.case.replica and record.case.processes == 1 and not record.outcome.reason
    ]
    return (
        tuple(one for one in found if isinstance(one, Attained)),
        tuple(one for one in found if isinstance(one, Unattained)),
    )


def _attained(record: Record, peaks: Peaks | None) -> Attained | Unattained:
    case = record.case
    target = case.target
    if peaks is None:
        device = f"{target.device} with {target.threads} threads"
        return Unattained(case=case, why=f"no peaks were measured of {device}")
    peak = peaks.gemm.get(str(target.precision))
    if peak is None:
        return Unattained(case=case, why=f"no peak of {target.precision} was measured")
    seconds = iteration_seconds(record)
    if seconds is None:
        return Unattained(case=case, why="it has no time in the quiet state")
    try:
        costs = cost(case.model, case.batch_size, _BYTES[target.precision])
    except (KeyError, ValueError) as error:  # a network of one's own, or of another version
        return Unattained(case=case, why=f"its cost is not known: {error}")
    moved = costs.weight_bytes + costs.input_bytes + costs.output_bytes
    return Attained(
        case=case,
        parameter_count=costs.parameter_count,
        flops=costs.flops,
        bytes_moved=moved,
        seconds=seconds,
        floors=_floors(case, costs, peaks, peak),
    )


def _floors(case: Case, costs: Cost, peaks: Peaks, peak: float) -> dict[Roof, float]:
    moved = costs.weight_bytes + costs.input_bytes + costs.output_bytes
    used = costs.weight_bytes + costs.activation_bytes
    floors = {Roof.COMPUTE: costs.flops / peak, Roof.MEMORY: moved / bandwidth_at(peaks, used)}
    if case.target.backend in _TORCH:
        floors[Roof.LAUNCH] = costs.depth * peaks.launch
    return floors


def iteration_seconds(record: Record) -> Estimate | None:
    """Return the time of one iteration in the quiet state; None where there is none."""
    if record.case.scenario is Scenario.SINGLE_STREAM:
        latency = record.values["latency_quiet"]
        if latency.value is None or latency.value <= 0:
            return None
        return Estimate(value=latency.value, low=latency.low, high=latency.high)
    rate = record.values["throughput_quiet"]
    if rate.value is None or rate.value <= 0:
        return None
    return _rate(record.case.batch_size, Estimate(value=rate.value, low=rate.low, high=rate.high))


def bandwidth_at(peaks: Peaks, working_set: int) -> float:
    """Return the best bandwidth at a working set in bytes, between two sizes by their logarithms.

    A larger set is never faster than a smaller one: where it was measured so, the smaller one's
    time was mostly that of the call.
    """
    rates = _falling(peaks.bandwidth)
    if working_set <= rates[0].working_set:
        return rates[0].rate
    for low, high in pairwise(rates):
        if working_set <= high.working_set:
            part = math.log(working_set / low.working_set)
            part /= math.log(high.working_set / low.working_set)
            return float(low.rate * (high.rate / low.rate) ** part)
    return rates[-1].rate


def _falling(rates: Sequence[Bandwidth]) -> list[Bandwidth]:
    """Give each set at least the rate of every larger one."""
    found: list[Bandwidth] = []
    best = 0.0
    for one in sorted(rates, key=lambda one: one.working_set, reverse=True):
        best = max(best, one.rate)
        found.append(Bandwidth(working_set=one.working_set, rate=best))
    return found[::-1]


def _rate(amount: float, per: Estimate) -> Estimate:
    """Divide an amount by an estimate; its ends change places."""
    return Estimate(
        value=amount / per.value,
        low=None if per.high is None else amount / per.high,
        high=None if per.low is None or per.low <= 0 else amount / per.low,
    )
