"""How many NVIDIA GPUs the driver offers, asked of the driver itself and of no runtime."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode

LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
_SUCCESS = 0

Opener = Callable[[str], Any]
"""Opens a shared library by name; raises OSError where there is none."""


def missing_device(device: str, open_library: Opener = ctypes.CDLL) -> Reason | None:
    """Say why `cuda:<index>` is not there; None where it is. Initialises the driver.

    Source: NVIDIA, CUDA Driver API, `cuInit` and `cuDeviceGetCount`.
    """
    index = int(device.partition(":")[2] or 0)
    try:
        library = open_library(LIBRARY)
    except OSError as error:
        return _reason(f"{LIBRARY} could not be loaded: {error}")
    status = int(library.cuInit(0))
    if status != _SUCCESS:
        return _reason(f"the driver refused to start: cuInit gave {status}")
    count = ctypes.c_int()
    status = int(library.cuDeviceGetCount(ctypes.byref(count)))
    if status != _SUCCESS or index >= count.value:
        return _reason(f"no {device}: the driver offers {count.value} devices")
    return None


def device_uuid(device: str, open_library: Opener = ctypes.CDLL) -> str:
    """Return the identity of `cuda:<index>` as the driver counts it, without `GPU-` before it.

    Initialises the driver, and makes no context. NVML counts devices in another order, so that an
    index means nothing to it.

    Source: NVIDIA, CUDA Driver API, `cuDeviceGet` and `cuDeviceGetUuid_v2`.

    Raises:
        Unavailable: there is no such device, or its identity is not told.
    """
    reason = missing_device(device, open_library)
    if reason is not None:
        raise Unavailable(reason.code, reason.detail, reason.hint)
    library = open_library(LIBRARY)
    handle, found = ctypes.c_int(), (ctypes.c_ubyte * 16)()
    index = int(device.partition(":")[2] or 0)
    for status in (
        library.cuDeviceGet(ctypes.byref(handle), index),
        library.cuDeviceGetUuid_v2(ctypes.byref(found), handle),
    ):
        if int(status) != _SUCCESS:
            unnamed = _reason(f"the driver does not name {device}: status {int(status)}")
            raise Unavailable(unnamed.code, unnamed.detail, unnamed.hint)
    return str(UUID(bytes=bytes(found)))


def _reason(detail: str) -> Reason:
    return Reason(
        code=ReasonCode.NO_CUDA_DEVICE,
        detail=detail,
        hint="needs an NVIDIA GPU and its driver; in a container, start it with --gpus all",
    )
