"""Clocks, temperature, and what holds the clocks back, of one NVIDIA board at one moment."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns
from typing import Any, Final

from harness.core.device import DeviceReading, Throttle
from harness.meters.nvml import Nvml

_SM: Final = 1
_MEMORY: Final = 2
_CHIP: Final = 0
"""Source: NVIDIA, nvml.h, `nvmlClockType_t` and `nvmlTemperatureSensors_t`."""
_HZ_PER_MHZ: Final = 1_000_000
_BITS: Final = {
    0x04: Throttle.POWER_CAP,
    0x08: Throttle.HW_SLOWDOWN,
    0x20: Throttle.SW_THERMAL,
    0x40: Throttle.HW_THERMAL,
    0x80: Throttle.POWER_BRAKE,
}
"""Source: NVIDIA, nvml.h, `nvmlClocksEventReason*`."""
_FIELDS: Final = {
    74: Throttle.POWER_CAP,
    269: Throttle.SW_THERMAL,
    270: Throttle.HW_THERMAL,
    271: Throttle.POWER_BRAKE,
}
"""Counters in ns. Source: NVIDIA, nvml.h, `NVML_FI_DEV_CLOCKS_EVENT_REASON_*`."""


def read_state(
    nvml: Nvml,
    handle: Any,  # noqa: ANN401 - NVML's own handle
    clock: Callable[[], int] = perf_counter_ns,
) -> DeviceReading:
    """Ask the driver for all that it tells; what it refuses is left out.

    Args:
        nvml: The bindings, in use.
        handle: Of the board.
        clock: Monotonic, in ns.
    """

    def asked(question: Callable[[], int]) -> int | None:
        try:
            return int(question())
        except nvml.NVMLError:
            return None

    def hertz(kind: int) -> int | None:
        clock_mhz = asked(lambda: nvml.nvmlDeviceGetClockInfo(handle, kind))
        return None if clock_mhz is None else clock_mhz * _HZ_PER_MHZ

    return DeviceReading(
        at_ns=clock(),
        sm_clock_hz=hertz(_SM),
        memory_clock_hz=hertz(_MEMORY),
        temperature_c=asked(lambda: nvml.nvmlDeviceGetTemperature(handle, _CHIP)),
        throttles=_throttles(asked(lambda: _reasons(nvml, handle))),
        throttled_ns=_counted(nvml, handle),
    )


def _reasons(nvml: Nvml, handle: Any) -> int:  # noqa: ANN401 - as above
    """Ask by the new name, and by the old one where the driver has no other."""
    try:
        return int(nvml.nvmlDeviceGetCurrentClocksEventReasons(handle))
    except nvml.NVMLError:
        return int(nvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle))


def _throttles(bits: int | None) -> tuple[Throttle, ...] | None:
    if bits is None:
        return None
    return tuple(reason for bit, reason in _BITS.items() if bits & bit)


def _counted(nvml: Nvml, handle: Any) -> dict[str, int]:  # noqa: ANN401 - as above
    try:
        found = nvml.nvmlDeviceGetFieldValues(handle, list(_FIELDS))
    except nvml.NVMLError:
        return {}
    return {
        str(_FIELDS[value.fieldId]): int(value.value.ullVal)
        for value in found
        if not value.nvmlReturn
    }
