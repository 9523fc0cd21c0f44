"""One NVIDIA GPU through the driver's own library: memory, a stream, events and graphs.

A process that measures through it imports neither torch nor a CUDA package for Python.
Source: NVIDIA, CUDA Driver API, sections 'Memory Management', 'Stream Management', 'Event
Management', 'Graph Management'.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_float, c_int, c_size_t, c_uint, c_uint64, c_void_p
from dataclasses import dataclass
from typing import Any, Final

from harness.backends.cuda_driver import LIBRARY, Opener
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode

_OUT_OF_MEMORY: Final = 2
_COMPUTE_CAPABILITY_MAJOR: Final = 75
_COMPUTE_CAPABILITY_MINOR: Final = 76
_STREAM_NON_BLOCKING: Final = 1
"""The stream waits for no work on the default stream."""
_CAPTURE_THREAD_LOCAL: Final = 1
_NAME_BYTES: Final = 128
_NS_PER_MS: Final = 1e6

_ADDRESS: Final = c_uint64  # CUdeviceptr
_HANDLE: Final = c_void_p

SIGNATURES: Final[dict[str, tuple[Any, ...]]] = {
    "cuInit": (c_uint,),
    "cuGetErrorName": (c_int, POINTER(c_char_p)),
    "cuDeviceGet": (POINTER(c_int), c_int),
    "cuDeviceGetName": (_HANDLE, c_int, c_int),
    "cuDeviceGetAttribute": (POINTER(c_int), c_int, c_int),
    "cuDevicePrimaryCtxRetain": (POINTER(_HANDLE), c_int),
    "cuDevicePrimaryCtxRelease_v2": (c_int,),
    "cuCtxSetCurrent": (_HANDLE,),
    "cuMemAlloc_v2": (POINTER(_ADDRESS), c_size_t),
    "cuMemFree_v2": (_ADDRESS,),
    "cuMemAllocHost_v2": (POINTER(_HANDLE), c_size_t),
    "cuMemFreeHost": (_HANDLE,),
    "cuMemsetD8Async": (_ADDRESS, ctypes.c_ubyte, c_size_t, _HANDLE),
    "cuMemcpyHtoDAsync_v2": (_ADDRESS, _HANDLE, c_size_t, _HANDLE),
    "cuMemcpyDtoHAsync_v2": (_HANDLE, _ADDRESS, c_size_t, _HANDLE),
    "cuStreamCreate": (POINTER(_HANDLE), c_uint),
    "cuStreamDestroy_v2": (_HANDLE,),
    "cuStreamSynchronize": (_HANDLE,),
    "cuStreamBeginCapture_v2": (_HANDLE, c_int),
    "cuStreamEndCapture": (_HANDLE, POINTER(_HANDLE)),
    "cuGraphInstantiateWithFlags": (POINTER(_HANDLE), _HANDLE, c_uint64),
    "cuGraphLaunch": (_HANDLE, _HANDLE),
    "cuGraphDestroy": (_HANDLE,),
    "cuGraphExecDestroy": (_HANDLE,),
    "cuEventCreate": (POINTER(_HANDLE), c_uint),
    "cuEventDestroy_v2": (_HANDLE,),
    "cuEventRecord": (_HANDLE, _HANDLE),
    "cuEventSynchronize": (_HANDLE,),
    "cuEventElapsedTime": (POINTER(c_float), _HANDLE, _HANDLE),
}
"""Arguments of every function that is called here; each returns a status."""


class CudaDriver:
    """The driver's library, its functions declared, every status checked."""

    def __init__(self, library: Any) -> None:  # noqa: ANN401 - a shared library
        self._functions: dict[str, Callable[..., int]] = {}
        for name, arguments in SIGNATURES.items():
            function = getattr(library, name)
            function.argtypes, function.restype = arguments, c_int
            self._functions[name] = function
        self.call("cuInit", 0)

    def call(self, name: str, *arguments: object) -> None:
        """Call a function of the library.

        Raises:
            PreparationError: its status is not success; the error is named as the driver does.
        """
        status = self._functions[name](*arguments)
        if status:
            code = (
                ReasonCode.OUT_OF_MEMORY
                if status == _OUT_OF_MEMORY
                else ReasonCode.PREPARATION_FAILED
            )
            raise PreparationError(code, f"{name} gave {self._error_name(status)} ({status})")

    def _error_name(self, status: int) -> str:
        text = c_char_p()
        self._functions["cuGetErrorName"](status, byref(text))
        return (text.value or b"an unknown error").decode()

    def new_handle(self, name: str, *arguments: object) -> int:
        """Call a function that makes something, and return its handle."""
        handle = _HANDLE()
        self.call(name, byref(handle), *arguments)
        return handle.value or 0

    def attribute(self, which: int, device: int) -> int:
        """Return an attribute of a device, by the number that cuda.h gives it."""
        value = c_int()
        self.call("cuDeviceGetAttribute", byref(value), which, device)
        return value.value


@dataclass(frozen=True, slots=True)
class Gpu:
    """What an engine's build depends on of a GPU."""

    name: str
    sm: int
    """Compute capability: 89 for 8.9."""


class CudaDevice:
    """The primary context of one GPU, current on this thread, and a stream of its own.

    Runtimes that use the CUDA runtime library share the primary context.
    """

    def __init__(self, driver: CudaDriver, device: str) -> None:
        self._driver = driver
        self._number = _number(driver, device)
        self.gpu = gpu_of(driver, device)
        self._context = driver.new_handle("cuDevicePrimaryCtxRetain", self._number)
        driver.call("cuCtxSetCurrent", self._context)
        self.stream = driver.new_handle("cuStreamCreate", _STREAM_NON_BLOCKING)
        """Handle of the stream on which everything here is done."""
        self._closing: list[tuple[str, int]] = [("cuStreamDestroy_v2", self.stream)]

    def allocate(self, size: int) -> int:
        """Return the address of `size` zeroed bytes on the device; freed at the end."""
        address = _ADDRESS()
        self._driver.call("cuMemAlloc_v2", byref(address), size)
        self._closing.append(("cuMemFree_v2", address.value))
        self._driver.call("cuMemsetD8Async", address.value, 0, size, self.stream)
        return address.value

    def allocate_host(self, size: int) -> int:
        """Return the address of `size` bytes of pinned host memory; freed at the end."""
        address = self._driver.new_handle("cuMemAllocHost_v2", size)
        self._closing.append(("cuMemFreeHost", address))
        return address

    def to_device(self, address: int, host: int, size: int) -> None:
        """Queue a copy of `size` bytes from pinned host memory."""
        self._driver.call("cuMemcpyHtoDAsync_v2", address, host, size, self.stream)

    def to_host(self, host: int, address: int, size: int) -> None:
        """Queue a copy of `size` bytes to pinned host memory."""
        self._driver.call("cuMemcpyDtoHAsync_v2", host, address, size, self.stream)

    def synchronize(self) -> None:
        """Wait until all that was queued has ended."""
        self._driver.call("cuStreamSynchronize", self.stream)

    def captured(self, enqueue: Callable[[], None]) -> Callable[[], None]:
        """Record what `enqueue` queues as a graph; return a function that queues the graph."""
        driver = self._driver
        driver.call("cuStreamBeginCapture_v2", self.stream, _CAPTURE_THREAD_LOCAL)
        graph = _HANDLE()
        try:
            enqueue()
        finally:
            driver.call("cuStreamEndCapture", self.stream, byref(graph))
        self._closing.append(("cuGraphDestroy", graph.value or 0))
        executable = driver.new_handle("cuGraphInstantiateWithFlags", graph, 0)
        self._closing.append(("cuGraphExecDestroy", executable))
        stream = self.stream

        def launch() -> None:
            driver.call("cuGraphLaunch", executable, stream)

        return launch

    def timer(self) -> Callable[[Callable[[], None]], int]:
        """Return a function that times what is queued, by two events, in ns."""
        driver = self._driver
        start, end = (driver.new_handle("cuEventCreate", 0) for _ in range(2))
        self._closing += [("cuEventDestroy_v2", start), ("cuEventDestroy_v2", end)]

        def timed(enqueue: Callable[[], None]) -> int:
            elapsed_ms = c_float()
            driver.call("cuEventRecord", start, self.stream)
            enqueue()
            driver.call("cuEventRecord", end, self.stream)
            driver.call("cuEventSynchronize", end)
            driver.call("cuEventElapsedTime", byref(elapsed_ms), start, end)
            return round(elapsed_ms.value * _NS_PER_MS)

        return timed

    def close(self) -> None:
        """Wait for the device, and give back all that was made here, the last first."""
        try:
            self.synchronize()
        finally:
            while self._closing:
                self._driver.call(*self._closing.pop())
            self._driver.call("cuCtxSetCurrent", None)
            self._driver.call("cuDevicePrimaryCtxRelease_v2", self._number)


def gpu_of(driver: CudaDriver, device: str) -> Gpu:
    """Return what a build for `cuda:<index>` depends on, without a context on it."""
    number = _number(driver, device)
    name = ctypes.create_string_buffer(_NAME_BYTES)
    driver.call("cuDeviceGetName", name, _NAME_BYTES, number)
    major = driver.attribute(_COMPUTE_CAPABILITY_MAJOR, number)
    minor = driver.attribute(_COMPUTE_CAPABILITY_MINOR, number)
    return Gpu(name=name.value.decode(), sm=10 * major + minor)


def _number(driver: CudaDriver, device: str) -> int:
    """Return the driver's number of `cuda:<index>`."""
    number = c_int()
    driver.call("cuDeviceGet", byref(number), int(device.partition(":")[2] or 0))
    return number.value


@contextmanager
def open_device(device: str, open_library: Opener = ctypes.CDLL) -> Iterator[CudaDevice]:
    """Hold the GPU `cuda:<index>`; everything made on it is freed at the end.

    Raises:
        PreparationError: the driver refuses.
        OSError: there is no driver; `missing_device` says so before.
    """
    opened = CudaDevice(CudaDriver(open_library(LIBRARY)), device)
    try:
        yield opened
    finally:
        opened.close()
