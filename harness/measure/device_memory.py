"""Readings of a GPU's memory at the borders of the phases of a memory pass."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from harness.backends.base import PreparedModel
from harness.backends.cuda_context import make_context
from harness.backends.cuda_driver import device_uuid
from harness.core.errors import Unavailable
from harness.core.memory import DeviceMemory
from harness.core.reason import Reason, ReasonCode
from harness.meters.device_memory import DeviceMemoryMeter
from harness.meters.nvml_tenants import strangers_before, strangers_beside


@runtime_checkable
class Allocating(Protocol):
    """A prepared model whose framework tells how much of the device it took."""

    def allocator_peak(self) -> tuple[int, int] | None:
        """Return the most that was given out, and the most that was held, in bytes."""
        ...


class Readable(Protocol):
    """The part of a meter of device memory that is needed here."""

    def read(self) -> int:
        """Return what is in use on the whole device, in bytes."""
        ...

    def of_process(self, *, alone: bool = False) -> int:
        """Return what this process takes on it, in bytes; `alone`: nobody was there before."""
        ...

    def tenants(self) -> frozenset[int]:
        """Return the numbers of the processes that compute on it."""
        ...


@dataclass(slots=True)
class DeviceWatch:
    """Reads before there is a context, with an empty one, and after each phase."""

    meter: Readable
    found: DeviceMemory
    context: Callable[[], None]
    """Makes an empty context."""
    pid: int = field(default_factory=os.getpid)
    alone: bool = False
    """Whether nobody computed there before this process."""

    @classmethod
    def of(cls, device: str) -> DeviceWatch:
        """Watch `cuda:<index>` of this machine.

        Raises:
            Unavailable: there is no driver, or no such device.
        """
        uuid = device_uuid(device)
        meter = DeviceMemoryMeter(uuid=uuid)
        return cls(meter, DeviceMemory(device=uuid), lambda: make_context(device))

    def begin(self) -> None:
        """Read, make a context, and read again; call it before a runtime makes one.

        Raises:
            Unavailable: the device has no room for a context.
        """
        try:
            reason = strangers_before(self.meter.tenants())
        except Unavailable as error:
            reason = error.reason
        self.alone = reason is None
        before = self._read()
        self.context()
        with_context, process = self._read(), self._process()
        self.found = replace(
            self.found,
            used_before=before,
            used_context=with_context,
            used_reason=self.found.used_reason or reason,
            process_context=process,
        )

    def note(self) -> None:
        """Read what is in use now; the largest readings are kept."""
        used, process = self._read(), self._process()
        self.found = replace(
            self.found,
            used_peak=_larger(self.found.used_peak, used),
            process_peak=_larger(self.found.process_peak, process),
        )

    def end(self, model: PreparedModel) -> DeviceMemory:
        """Read once more, ask the framework too, and say what cannot be told."""
        self.note()
        marks = model.allocator_peak() if isinstance(model, Allocating) else None
        allocated, reserved = marks or (None, None)
        code = ReasonCode.BACKEND_UNSUPPORTED
        silent = Reason(code=code, detail="this runtime does not tell what its allocator took")
        return replace(
            self.found,
            used_reason=self.found.used_reason or self._company(),
            allocated_peak=allocated,
            reserved_peak=reserved,
            allocator_reason=None if marks else silent,
        )

    def _read(self) -> int | None:
        try:
            return self.meter.read()
        except Unavailable as error:
            self.found = replace(self.found, used_reason=error.reason)
            return None

    def _process(self) -> int | None:
        try:
            return self.meter.of_process(alone=self.alone)
        except Unavailable as error:
            self.found = replace(self.found, process_reason=error.reason)
            return None

    def _company(self) -> Reason | None:
        """Say who computes there beside this process; None where nobody does."""
        try:
            return strangers_beside(self.meter.tenants(), self.pid)
        except Unavailable as error:
            return error.reason


def _larger(first: int | None, second: int | None) -> int | None:
    return max((one for one in (first, second) if one is not None), default=None)
