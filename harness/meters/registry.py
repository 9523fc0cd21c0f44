"""The meters by name. A name is free; a vendor's library is imported when it is asked for."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import Final, cast

from harness.core.errors import UsageError
from harness.meters.base import Meter

METERS: Final = {
    "host_memory": "harness.meters.host_memory:HostMemoryMeter",
    "device_memory": "harness.meters.device_memory:DeviceMemoryMeter",
    "rapl": "harness.meters.rapl:RaplMeter",
    "perf": "harness.meters.perf:PerfMeter",
    "nvml": "harness.meters.nvml:NvmlMeter",
    "fake": "harness.meters.fake:FakeMeter",
}
"""Name to `module:class`; each is made without arguments."""


def load(name: str) -> Meter:
    """Import and return the meter of that name.

    Raises:
        UsageError: no meter of that name.
    """
    if name not in METERS:
        near = get_close_matches(name, METERS, n=3, cutoff=0.4) or list(METERS)
        raise UsageError(f"no meter {name!r}; did you mean {', '.join(near)}?")
    module_name, class_name = METERS[name].split(":")
    return cast("Meter", getattr(import_module(module_name), class_name)())
