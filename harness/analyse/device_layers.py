"""What a case takes of a GPU's memory, by each instrument apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from harness.analyse.estimate import arithmetic, null
from harness.analyse.evidence import Evidence, PerTrial
from harness.analyse.footprint import not_weighed, readings, weighed
from harness.core.memory import DeviceMemory
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Value
from harness.core.trial import HostMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """One instrument's figure, and why it has none."""

    figure: Callable[[HostMemory], int | None]
    reason: Callable[[DeviceMemory], Reason | None]
    beside: Callable[[DeviceMemory], int | None] = lambda _: 0
    """Bytes of the figure that are not the network's."""
    bounded: bool = True
    """Whether the network itself is in it."""


def _growth(end: Callable[[DeviceMemory], int | None]) -> Callable[[HostMemory], int | None]:
    """Return what a device that nobody else uses has more in use than before."""

    def growth(held: HostMemory) -> int | None:
        found = held.device
        if found is None or found.used_reason is not None or found.used_before is None:
            return None
        last = end(found)
        return None if last is None else last - found.used_before

    return growth


_context = _growth(lambda found: found.used_context)

LAYERS: Final[Mapping[str, _Layer]] = {
    "device_memory_peak": _Layer(
        figure=lambda held: held.device_peak,
        reason=lambda found: found.process_reason,
        beside=lambda found: found.process_context,
    ),
    "device_memory_delta": _Layer(
        figure=_growth(lambda found: found.used_peak),
        reason=lambda found: found.used_reason,
        beside=lambda found: (
            None
            if found.used_context is None or found.used_before is None
            else found.used_context - found.used_before
        ),
    ),
    "device_memory_allocated": _Layer(
        figure=lambda held: held.device.allocated_peak if held.device else None,
        reason=lambda found: found.allocator_reason,
    ),
    "device_context": _Layer(
        figure=_context, reason=lambda found: found.used_reason, bounded=False
    ),
}
"""By metric. Backends are compared by the driver's figures alone: each has its own allocator."""


def device_memory(metric: str, evidence: Evidence) -> Value:
    """Return the mean over memory trials of one layer; null where it contradicts itself in one."""
    if not evidence.case.target.is_cuda:
        return null(metric, ReasonCode.NOT_ON_THIS_DEVICE, "the CPU has the host's memory")
    held = weighed(evidence)
    if not held:
        return not_weighed(metric, evidence)
    wrong = next((text for memory in held if (text := _contradiction(metric, memory))), "")
    if wrong:
        return null(metric, ReasonCode.METER_READS_TOO_LOW, wrong, "please report it")
    figures = device_figures(metric, evidence)
    if figures.values:
        return arithmetic(metric, figures.values, n_samples=figures.n_samples)
    known = next((reason for memory in held if (reason := _reason(metric, memory))), None)
    if known is None:
        return null(metric, ReasonCode.NOT_MEASURED, "no trial read it")
    return Value(metric=metric, value=None, reason=known)


def device_figures(metric: str, evidence: Evidence) -> PerTrial:
    """Return each memory trial's bytes of one layer; none where one contradicts itself."""
    held = weighed(evidence)
    if any(_contradiction(metric, memory) for memory in held):
        return PerTrial(values=(), n_samples=0)
    return readings(map(LAYERS[metric].figure, held))


def _reason(metric: str, held: HostMemory) -> Reason | None:
    if held.device is None:
        return held.device_reason
    return LAYERS[metric].reason(held.device)


def _contradiction(metric: str, held: HostMemory) -> str:
    """Say that a layer holds less than the network needs, or less than nothing; else empty."""
    layer = LAYERS[metric]
    figure = layer.figure(held)
    if figure is None:
        return ""
    least = held.lower_bound if layer.bounded else 0
    beside = layer.beside(held.device) if held.device else 0
    if figure >= least + (beside or 0):
        return ""
    return f"{figure} B; the network needs {least} B, and {beside or 0} B are its context's"
