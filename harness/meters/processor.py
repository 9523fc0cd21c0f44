"""The two ways to the counters of a processor, and which of them serves on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from harness.core.reason import Reason, ReasonCode
from harness.meters.counters import EnergyMeter
from harness.meters.perf import PerfMeter
from harness.meters.perf_events import Events, KernelEvents
from harness.meters.powercap import Reader, read_text
from harness.meters.rapl import RaplMeter


class ProcessorMeter(Protocol):
    """Counters of packages and of the memory beside them."""

    def availability(self) -> Reason | None:
        """Say why no package can be read; None where all can."""
        ...

    def counters(self) -> tuple[EnergyMeter, ...]:
        """Return every counter that can be read, the packages first."""
        ...

    def missing(self) -> Mapping[str, Reason]:
        """Return by domain why nothing is read of it, of those that a sum would have."""
        ...


def processor_meter(
    sysfs_root: Path = Path("/"), read: Reader = read_text, events: Events | None = None
) -> ProcessorMeter:
    """Return powercap; perf's events only where powercap cannot be read and they can.

    Powercap knows limits and ranges of its counters, and reading it changes nothing.

    Args:
        sysfs_root: Folder that holds `sys`.
        read: Gives the text of a file, or raises OSError.
        events: What opens events; the kernel's where none is given.
    """
    rapl = RaplMeter(sysfs_root, read)
    if rapl.availability() is None:
        return rapl
    perf = PerfMeter(sysfs_root, read, events or KernelEvents())
    if perf.availability() is None:
        return perf
    perf.close()
    return rapl


def processor_reason(sysfs_root: Path = Path("/"), events: Events | None = None) -> Reason | None:
    """Say why the energy of a processor cannot be read in either way; None where it can.

    Where both are closed, it is powercap's reason, and what would open the other is beside it.
    """
    rapl = RaplMeter(sysfs_root).availability()
    if rapl is None:
        return None
    perf = PerfMeter(sysfs_root, events=events or KernelEvents())
    reason = perf.availability()
    perf.close()
    if reason is None:
        return None
    if reason.code is ReasonCode.PERF_PARANOID:
        return Reason(code=rapl.code, detail=rapl.detail, hint=f"{rapl.hint}; or {reason.hint}")
    return rapl
