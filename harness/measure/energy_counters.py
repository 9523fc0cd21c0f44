"""Which counters an energy pass of a case reads, and why it lacks the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from time import perf_counter_ns

from harness.backends.cuda_driver import device_uuid
from harness.core.case import Target
from harness.core.energy import Domain
from harness.core.errors import Unavailable
from harness.core.reason import Reason
from harness.meters.counters import EnergyMeter
from harness.meters.nvml import Importer, opened
from harness.meters.nvml_board import Board, handle_of
from harness.meters.nvml_tenants import strangers_before, tenants, who_else
from harness.meters.processor import ProcessorMeter, processor_meter


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an energy pass reads."""

    meters: tuple[EnergyMeter, ...]
    missing: Mapping[str, Reason] = field(default_factory=dict)
    """By domain, why nothing is read of it."""
    board: Board | None = None
    """The GPU of the case; None for a case on the processor."""

    def flags(self) -> tuple[Reason, ...]:
        """Say who else is on the GPU now, where someone is, or where that is not known."""
        if self.board is None:
            return ()
        other = who_else(self.board.nvml, self.board.handle, os.getpid())
        return () if other is None else (other,)


@contextmanager
def counters_of(
    target: Target,
    sysfs_root: Path,
    *,
    importer: Importer = import_module,
    identify: Callable[[str], str] = device_uuid,
    clock: Callable[[], int] = perf_counter_ns,
) -> Iterator[Found]:
    """Give the counters of a target's device; those of the processor stand beside a GPU's.

    Args:
        target: Whose device spends the energy.
        sysfs_root: Folder that holds `sys`.
        importer: Imports `pynvml` by name.
        identify: Gives the identity of a device such as `cuda:0`, as the CUDA driver counts it.
        clock: Monotonic, in ns.

    Raises:
        Unavailable: the device has none that can be read, or others compute on it.
    """
    processor = processor_meter(sysfs_root)
    if not target.is_cuda:
        reason = processor.availability()
        if reason is not None:
            raise Unavailable(reason.code, reason.detail, reason.hint)
        yield Found(meters=processor.counters(), missing=processor.missing())
        return
    with opened(importer=importer) as nvml:
        board = Board.of(nvml, handle_of(nvml, identify(target.device)))
        _require_alone(board)
        meters, missing = _beside(processor)
        yield Found(meters=(*board.counters(clock), *meters), missing=missing, board=board)


def _require_alone(board: Board) -> None:
    """Refuse a GPU on which others compute before anything of ours does.

    Raises:
        Unavailable: someone does.
    """
    try:
        reason = strangers_before(tenants(board.nvml, board.handle))
    except Unavailable:
        return  # nobody knows: said at the end, as a flag
    if reason is not None:
        raise Unavailable(reason.code, reason.detail, reason.hint)


def _beside(processor: ProcessorMeter) -> tuple[tuple[EnergyMeter, ...], Mapping[str, Reason]]:
    reason = processor.availability()
    if reason is None:
        return processor.counters(), processor.missing()
    return (), {str(domain): reason for domain in (Domain.CPU_PACKAGE, Domain.DRAM)}
