"""An empty context on a GPU, by the driver and without a runtime."""

from __future__ import annotations

import ctypes

from harness.backends.cuda_driver import LIBRARY, Opener, missing_device
from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode

_SUCCESS = 0


def make_context(device: str, open_library: Opener = ctypes.CDLL) -> None:
    """Make the context of `cuda:<index>` that every runtime of this process then shares.

    It lasts until the process ends. Kernels are loaded into it later, as they are first used.

    Source: NVIDIA, CUDA Driver API, 'Primary Context Management'.

    Raises:
        Unavailable: there is no driver, or no such device, or it has no room.
    """
    reason = missing_device(device, open_library)
    if reason is not None:
        raise Unavailable(reason.code, reason.detail, reason.hint)
    library = open_library(LIBRARY)
    handle, context = ctypes.c_int(), ctypes.c_void_p()
    index = int(device.partition(":")[2] or 0)
    status = int(library.cuDeviceGet(ctypes.byref(handle), index))
    status = status or int(library.cuDevicePrimaryCtxRetain(ctypes.byref(context), handle))
    if status != _SUCCESS:
        code = ReasonCode.NO_CUDA_DEVICE
        raise Unavailable(code, f"the driver makes no context on {device}: status {status}")
