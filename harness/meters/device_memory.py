"""Memory of one GPU, by its driver: of the whole device, and of one process on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode

Nvml = Any
"""The module `pynvml`, or what stands for it."""

_NO_DRIVER: Final = "install the NVIDIA driver, or start the container with --gpus all"
_REASONS: Final = {
    3: (ReasonCode.NVML_NOT_SUPPORTED, "this device keeps no such figure"),
    4: (ReasonCode.NVML_NO_PERMISSION, "the administrator of the host grants reading"),
    9: (ReasonCode.NVML_LIBRARY_NOT_FOUND, _NO_DRIVER),
    12: (ReasonCode.NVML_LIBRARY_NOT_FOUND, _NO_DRIVER),
    13: (ReasonCode.NVML_NOT_SUPPORTED, "install a newer NVIDIA driver"),
    18: (ReasonCode.NVML_DRIVER_MISMATCH, "restart: library and kernel module differ in version"),
}
"""NVML's status to code and hint. Source: NVIDIA, nvml.h, `nvmlReturn_t`."""
_NAMESPACE: Final = "start the container with --pid=host, or look at device_memory_delta"
_PREFIXES: Final = ("GPU-", "MIG-")
"""Of whole devices, and of their parts. Source: NVIDIA, NVML API, `nvmlDeviceGetUUID`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceMemoryMeter:
    """Reads what is in use on one GPU; by its UUID, for the driver's order is not CUDA's."""

    uuid: str = ""
    """As the driver has it, without its prefix; empty for the first device."""
    pid: int = field(default_factory=os.getpid)
    nvml: Nvml | None = None
    """Stands for `pynvml`, which is imported where nothing is given."""
    unit: str = "B"

    def availability(self) -> Reason | None:
        """Say why nothing can be read here; None where it can."""
        try:
            self.read()
        except Unavailable as error:
            return error.reason
        return None

    def read(self) -> int:
        """Return what is in use on the whole device, in bytes; the driver's own share apart.

        Source: NVIDIA, NVML API, `nvmlMemory_v2_t`: version 2 has what is reserved by itself.

        Raises:
            Unavailable: there is no driver or device, or it does not tell.
        """
        with _asking(self.nvml) as nvml:
            memory = nvml.nvmlDeviceGetMemoryInfo(self._handle(nvml), version=nvml.nvmlMemory_v2)
            return int(memory.used)

    def of_process(self) -> int:
        """Return what the driver says that the process takes on the device, in bytes.

        Raises:
            Unavailable: as for `read`; or the driver knows no such process, as in a container
                with process ids of its own.
        """
        with _asking(self.nvml) as nvml:
            listed = nvml.nvmlDeviceGetComputeRunningProcesses(self._handle(nvml))
        found = [process.usedGpuMemory for process in listed if process.pid == self.pid]
        if not found:
            detail = f"the driver lists {len(listed)} processes, none with the id {self.pid}"
            raise Unavailable(ReasonCode.NVML_PID_NAMESPACE, detail, _NAMESPACE)
        if found[0] is None:
            detail = "the driver does not tell how much memory a process takes"
            raise Unavailable(ReasonCode.NVML_NOT_SUPPORTED, detail, "on Windows: the TCC driver")
        return int(found[0])

    def processes(self) -> int:
        """Return how many processes compute on the device, this one among them.

        Raises:
            Unavailable: as for `read`.
        """
        with _asking(self.nvml) as nvml:
            return len(nvml.nvmlDeviceGetComputeRunningProcesses(self._handle(nvml)))

    def _handle(self, nvml: Nvml) -> Any:  # noqa: ANN401 - a pointer of the driver's
        if not self.uuid:
            return nvml.nvmlDeviceGetHandleByIndex(0)
        first, second = (f"{prefix}{self.uuid}" for prefix in _PREFIXES)
        try:
            return nvml.nvmlDeviceGetHandleByUUID(first)
        except nvml.NVMLError:
            return nvml.nvmlDeviceGetHandleByUUID(second)


def most_free(nvml: Nvml | None = None) -> int | None:
    """Return the free memory of the GPU that has the most, in bytes; None where nobody knows.

    What does not fit there fits on no GPU of this machine, whichever of them `cuda:0` is.
    """
    try:
        with _asking(nvml) as asked:
            handles = map(asked.nvmlDeviceGetHandleByIndex, range(asked.nvmlDeviceGetCount()))
            free = [int(asked.nvmlDeviceGetMemoryInfo(handle).free) for handle in handles]
    except Unavailable:
        return None
    return max(free, default=None)


@contextmanager
def _asking(module: Nvml | None) -> Iterator[Nvml]:
    """Give the library, started; its errors become reasons.

    Raises:
        Unavailable: there is none, or it refused.
    """
    try:
        nvml = import_module("pynvml") if module is None else module
    except ImportError as error:
        hint = "python -m pip install nvidia-ml-py"
        raise Unavailable(ReasonCode.NVML_LIBRARY_NOT_FOUND, str(error), hint) from error
    try:
        nvml.nvmlInit()
        try:
            yield nvml
        finally:
            nvml.nvmlShutdown()
    except nvml.NVMLError as error:
        status = int(getattr(error, "value", 0))
        code, hint = _REASONS.get(status, (ReasonCode.NVML_NOT_SUPPORTED, ""))
        raise Unavailable(code, f"NVML: {error}", hint) from error
