"""What NVIDIA GPUs there are, as their driver describes them. The only file here that asks NVML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any, Final

Nvml = Any
"""The module `pynvml`, or what stands for it."""

_KINDS: Final = ("none", "passthrough", "vgpu", "host_vgpu", "host_vsga")
"""By number. Source: NVIDIA, nvml.h, `nvmlGpuVirtualizationMode_t`."""


def load_nvml() -> Nvml | None:
    """Import the bindings; None where they are not installed."""
    try:
        return import_module("pynvml")
    except ImportError:
        return None


def describe_gpus(nvml: Nvml | None) -> tuple[Mapping[str, str], ...]:
    """Describe each GPU, in the driver's order; nothing where there is no driver.

    What a GPU does not tell (a part without a power limit, a missing permission) is left out.
    """
    if nvml is None:
        return ()
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return ()
    try:
        return tuple(_describe(nvml, index) for index in range(nvml.nvmlDeviceGetCount()))
    except nvml.NVMLError:
        return ()
    finally:
        with suppress(nvml.NVMLError):  # a driver that is gone needs not be left
            nvml.nvmlShutdown()


def _describe(nvml: Nvml, index: int) -> Mapping[str, str]:
    """Describe one GPU; of one that was lost nothing is known."""
    try:
        device = nvml.nvmlDeviceGetHandleByIndex(index)
    except nvml.NVMLError:
        return {}
    questions: Mapping[str, Callable[[], str]] = {
        "uuid": lambda: _text(nvml.nvmlDeviceGetUUID(device)),
        "name": lambda: _text(nvml.nvmlDeviceGetName(device)),
        "driver": lambda: _text(nvml.nvmlSystemGetDriverVersion()),
        "memory_bytes": lambda: str(nvml.nvmlDeviceGetMemoryInfo(device).total),
        "power_limit_mw": lambda: str(nvml.nvmlDeviceGetPowerManagementLimit(device)),
        "max_sm_clock_mhz": lambda: str(nvml.nvmlDeviceGetMaxClockInfo(device, nvml.NVML_CLOCK_SM)),
        "max_memory_clock_mhz": lambda: str(
            nvml.nvmlDeviceGetMaxClockInfo(device, nvml.NVML_CLOCK_MEM)
        ),
        "compute_capability": lambda: ".".join(
            str(part) for part in nvml.nvmlDeviceGetCudaComputeCapability(device)
        ),
        "ecc": lambda: _switch(nvml.nvmlDeviceGetEccMode(device)[0]),
        "persistence": lambda: _switch(nvml.nvmlDeviceGetPersistenceMode(device)),
        "mig": lambda: _switch(nvml.nvmlDeviceGetMigMode(device)[0]),
        "virtualization": lambda: _KINDS[nvml.nvmlDeviceGetVirtualizationMode(device)],
    }
    facts: dict[str, str] = {}
    for name, question in questions.items():
        try:
            facts[name] = question()
        except (nvml.NVMLError, LookupError):
            continue
    return facts


def _text(value: str | bytes) -> str:
    """Decode what older bindings give as bytes."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _switch(state: int) -> str:
    return "on" if state else "off"
