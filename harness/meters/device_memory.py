"""Memory of one GPU, by its driver: of the whole device, and of one process on it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Final

from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode
from harness.meters.nvml import Nvml, handles, opened, translating
from harness.meters.nvml_board import handle_of
from harness.meters.nvml_tenants import tenants

_NAMESPACE: Final = "start the container with --pid=host, or look at device_memory_delta"


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
        with opened(self.nvml) as nvml, translating(nvml):
            memory = nvml.nvmlDeviceGetMemoryInfo(self._handle(nvml), version=nvml.nvmlMemory_v2)
            return int(memory.used)

    def of_process(self, *, alone: bool = False) -> int:
        """Return what the driver says that the process takes on the device, in bytes.

        Args:
            alone: Nobody computed there before this process. Then one that is listed alone is it,
                under whatever number: a container may have numbers of its own.

        Raises:
            Unavailable: as for `read`; or the driver knows no process of this number.
        """
        with opened(self.nvml) as nvml, translating(nvml):
            listed = nvml.nvmlDeviceGetComputeRunningProcesses(self._handle(nvml))
        found = [process for process in listed if process.pid == self.pid]
        found = found or (list(listed) if alone and len(listed) == 1 else [])
        if not found:
            detail = f"the driver lists {len(listed)} processes, none with the number {self.pid}"
            raise Unavailable(ReasonCode.NVML_PID_NAMESPACE, detail, _NAMESPACE)
        if found[0].usedGpuMemory is None:
            detail = "the driver does not tell how much memory a process takes"
            raise Unavailable(ReasonCode.NVML_NOT_SUPPORTED, detail, "on Windows: the TCC driver")
        return int(found[0].usedGpuMemory)

    def tenants(self) -> frozenset[int]:
        """Return the numbers of the processes that compute on the device.

        Raises:
            Unavailable: as for `read`.
        """
        with opened(self.nvml) as nvml:
            return tenants(nvml, self._handle(nvml))

    def _handle(self, nvml: Nvml) -> Any:  # noqa: ANN401 - NVML's own handle
        return handle_of(nvml, self.uuid) if self.uuid else handles(nvml)[0]


def most_free(nvml: Nvml | None = None) -> int | None:
    """Return the free memory of the GPU that has the most, in bytes; None where nobody knows.

    What does not fit there fits on no GPU of this machine, whichever of them `cuda:0` is.
    """
    try:
        with opened(nvml) as asked, translating(asked):
            return max(int(asked.nvmlDeviceGetMemoryInfo(one).free) for one in handles(asked))
    except Unavailable:
        return None
