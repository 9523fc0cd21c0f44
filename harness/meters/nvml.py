"""The file that wraps NVML: whether the energy counters of NVIDIA GPUs can be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode

_NO_LIBRARY: Final = "install the NVIDIA driver, or start the container with --gpus all"
_NO_COUNTER: Final = "needs Volta or later; a virtual GPU, Jetson or part of a GPU has no counter"
_NO_RIGHT: Final = "the administrator of the host grants reading; nothing here should run as root"
_NO_PACKAGE: Final = "python -m pip install nvidia-ml-py"

_BY_STATUS: Final = {
    3: (ReasonCode.NVML_NOT_SUPPORTED, _NO_COUNTER),
    4: (ReasonCode.NVML_NO_PERMISSION, _NO_RIGHT),
    9: (ReasonCode.NVML_LIBRARY_NOT_FOUND, _NO_LIBRARY),
    12: (ReasonCode.NVML_LIBRARY_NOT_FOUND, _NO_LIBRARY),
    13: (ReasonCode.NVML_NOT_SUPPORTED, "install a newer NVIDIA driver"),
    18: (ReasonCode.NVML_LIBRARY_NOT_FOUND, "restart: library and kernel module differ in version"),
}
"""NVML's status to code and hint. Source: NVIDIA, nvml.h, `nvmlReturn_t`."""


def availability(
    module: Any = None,  # noqa: ANN401 - a module without types
    importer: Callable[[str], Any] = import_module,
) -> Reason:
    """Say why no energy is measured with these counters.

    Args:
        module: stands for `pynvml`, which is imported where nothing is given.
        importer: imports it by name.
    """
    try:
        nvml = importer("pynvml") if module is None else module
    except ImportError as error:
        return _reason(ReasonCode.NVML_LIBRARY_NOT_FOUND, str(error), _NO_PACKAGE)
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        return _translated(error)
    try:
        return _of_devices(nvml)
    except nvml.NVMLError as error:
        return _translated(error)
    finally:
        nvml.nvmlShutdown()


def _of_devices(nvml: Any) -> Reason:  # noqa: ANN401
    """Read each device's counter once; the first that refuses says why."""
    count = int(nvml.nvmlDeviceGetCount())
    if count == 0:
        return _reason(ReasonCode.NO_CUDA_DEVICE, "the driver lists no device", _NO_LIBRARY)
    for index in range(count):
        nvml.nvmlDeviceGetTotalEnergyConsumption(nvml.nvmlDeviceGetHandleByIndex(index))
    detail = f"found {count} counters; this version measures no energy windows"
    return _reason(ReasonCode.NO_ENERGY_WINDOW, detail, "")


def _translated(error: Exception) -> Reason:
    status = getattr(error, "value", None)
    code, hint = _BY_STATUS.get(status or 0, (ReasonCode.NVML_NOT_SUPPORTED, ""))
    return _reason(code, f"NVML: {error}", hint)


def _reason(code: ReasonCode, detail: str, hint: str) -> Reason:
    return Reason(code=code, detail=detail, hint=hint)


@dataclass(frozen=True, slots=True)
class NvmlMeter:
    """Energy of the GPUs; refuses until energy windows are measured."""

    module: Any = None
    unit: str = "mJ"

    def availability(self) -> Reason:
        """Say why no energy is measured with these counters."""
        return availability(self.module)

    def read(self) -> int:
        """Refuse, with the reason.

        Raises:
            Unavailable: always.
        """
        reason = self.availability()
        raise Unavailable(reason.code, reason.detail, reason.hint)
