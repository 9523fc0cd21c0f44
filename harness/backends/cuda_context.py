"""Which GPU `cuda:<index>` is, and an empty context on it, by the driver and without a runtime."""

from __future__ import annotations

import ctypes
from typing import Any
from uuid import UUID

from harness.backends.cuda_driver import LIBRARY, Opener
from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode

_SUCCESS = 0
_UUID_BYTES = 16


def device_uuid(device: str, open_library: Opener = ctypes.CDLL) -> str:
    """Return the UUID of `cuda:<index>`, without a prefix.

    CUDA's order is not the driver's, and `CUDA_VISIBLE_DEVICES` changes it: only the UUID is the
    same for both.

    Source: NVIDIA, CUDA Driver API, `cuDeviceGetUuid_v2`.

    Raises:
        Unavailable: there is no driver, or no such device.
    """
    library, handle = _device(device, open_library)
    found = (ctypes.c_ubyte * _UUID_BYTES)()
    _check(library.cuDeviceGetUuid_v2(ctypes.byref(found), handle), "cuDeviceGetUuid_v2")
    return str(UUID(bytes=bytes(found)))


def make_context(device: str, open_library: Opener = ctypes.CDLL) -> None:
    """Make the context of `cuda:<index>` that every runtime of this process then shares.

    It lasts until the process ends. Kernels are loaded into it later, as they are first used.

    Source: NVIDIA, CUDA Driver API, 'Primary Context Management'.

    Raises:
        Unavailable: there is no driver, or no such device, or it has no room.
    """
    library, handle = _device(device, open_library)
    context = ctypes.c_void_p()
    status = library.cuDevicePrimaryCtxRetain(ctypes.byref(context), handle)
    _check(status, "cuDevicePrimaryCtxRetain")


def _device(device: str, open_library: Opener) -> tuple[Any, ctypes.c_int]:
    index = int(device.partition(":")[2] or 0)
    try:
        library = open_library(LIBRARY)
    except OSError as error:
        detail = f"{LIBRARY} could not be loaded: {error}"
        raise Unavailable(ReasonCode.NO_CUDA_DEVICE, detail) from error
    _check(library.cuInit(0), "cuInit")
    handle = ctypes.c_int()
    _check(library.cuDeviceGet(ctypes.byref(handle), index), "cuDeviceGet")
    return library, handle


def _check(status: int, call: str) -> None:
    if status != _SUCCESS:
        raise Unavailable(ReasonCode.NO_CUDA_DEVICE, f"the driver refused: {call} gave {status}")
