"""A CUDA driver library without a device: what is queued happens when somebody waits for it.

Each function has the C signature that the harness declares, and is called through ctypes, so that
an address cut to 32 bits fails here too. Freed and unknown handles are refused.
"""

# ruff: noqa: N802, N815 -- the driver's own names

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from harness.backends.cuda_device import SIGNATURES

INVALID_VALUE = 1
OUT_OF_MEMORY = 2
INVALID_DEVICE = 101
INVALID_HANDLE = 400
NAMES = {
    INVALID_VALUE: b"CUDA_ERROR_INVALID_VALUE",
    OUT_OF_MEMORY: b"CUDA_ERROR_OUT_OF_MEMORY",
    INVALID_DEVICE: b"CUDA_ERROR_INVALID_DEVICE",
    INVALID_HANDLE: b"CUDA_ERROR_INVALID_HANDLE",
}

Operation = Callable[[], None]


@dataclass
class Stream:
    """What waits to be done, and what is recorded instead where a capture is under way."""

    queue: list[Operation] = field(default_factory=list)
    recording: list[Operation] | None = None

    def add(self, operation: Operation) -> None:
        (self.queue if self.recording is None else self.recording).append(operation)

    def drain(self) -> None:
        waiting, self.queue = self.queue, []
        for operation in waiting:
            operation()


class FakeCuda:
    """Answers as `libcuda.so.1`; also the function that opens it."""

    def __init__(self, devices: int = 1, sm: int = 89, room: int = 1 << 30) -> None:
        self.devices = devices
        self.sm = sm
        self.room = room
        self.refuses: dict[str, int] = {}
        """Status by function that shall fail."""
        self.calls: list[str] = []
        self.clock_ms = 0.0
        """Device time; whoever runs something on the device adds to it."""
        self.alive: dict[int, Any] = {}
        """By handle: what was made and not given back."""
        self.contexts = 0
        self.current: int | None = None
        self._next = 1
        self._functions = [self._function(name, types) for name, types in SIGNATURES.items()]

    def __call__(self, _name: str) -> FakeCuda:
        return self

    def _function(self, name: str, types: tuple[Any, ...]) -> object:
        answer = getattr(self, f"_{name}")

        def called(*arguments: Any) -> int:
            self.calls.append(name)
            return self.refuses.get(name) or answer(*arguments) or 0

        function = ctypes.CFUNCTYPE(ctypes.c_int, *types)(called)
        setattr(self, name, function)
        return function

    def on_device(self, stream: int, operation: Operation) -> None:
        """Queue work as a runtime does."""
        assert self.current is not None, "no context is current"
        self.alive[stream].add(operation)

    def _made(self, thing: Any) -> int:
        handle, self._next = self._next, self._next + 1
        self.alive[handle] = thing
        return handle

    def _gone(self, handle: int) -> int:
        return 0 if self.alive.pop(handle, None) is not None else INVALID_HANDLE

    def _cuInit(self, _flags):
        return 0

    def _cuGetErrorName(self, status, text):
        if status not in NAMES:
            return INVALID_VALUE
        text[0] = NAMES[status]
        return 0

    def _cuDeviceGet(self, number, index):
        number[0] = index
        return 0 if index < self.devices else INVALID_DEVICE

    def _cuDeviceGetCount(self, count):
        count._obj.value = self.devices
        return 0

    cuDeviceGetCount = _cuDeviceGetCount

    def _cuDeviceGetName(self, text, size, number):
        name = f"Fake GPU {number}".encode() + b"\0"
        ctypes.memmove(text, name, min(size, len(name)))
        return 0

    def _cuDeviceGetAttribute(self, value, which, _number):
        value[0] = {75: self.sm // 10, 76: self.sm % 10}[which]
        return 0

    def _cuDevicePrimaryCtxRetain(self, context, number):
        self.contexts += 1
        context[0] = 0x7F00_0000_0000 + number
        return 0

    def _cuDevicePrimaryCtxRelease_v2(self, _number):
        self.contexts -= 1
        return 0

    def _cuCtxSetCurrent(self, context):
        self.current = context
        return 0

    def _allocated(self, place, size):
        if size > self.room:
            return OUT_OF_MEMORY
        memory = (ctypes.c_ubyte * max(size, 1))(*([0xFF] * min(size, 1 << 16)))
        place[0] = ctypes.addressof(memory)
        self.alive[place[0]] = memory
        return 0

    _cuMemAlloc_v2 = _cuMemAllocHost_v2 = _allocated

    def _cuMemFree_v2(self, address):
        return self._gone(address)

    _cuMemFreeHost = _cuMemFree_v2

    def _cuMemsetD8Async(self, address, value, size, stream):
        self.alive[stream].add(lambda: ctypes.memset(address, value, size) and None)
        return 0

    def _copied(self, there, here, size, stream):
        self.alive[stream].add(lambda: ctypes.memmove(there, here, size) and None)
        return 0

    _cuMemcpyHtoDAsync_v2 = _cuMemcpyDtoHAsync_v2 = _copied

    def _cuStreamCreate(self, stream, flags):
        assert flags == 1, "a stream that waits for the default one"
        stream[0] = self._made(Stream())
        return 0

    def _cuStreamDestroy_v2(self, stream):
        return self._gone(stream)

    def _cuStreamSynchronize(self, stream):
        self.alive[stream].drain()
        return 0

    def _cuStreamBeginCapture_v2(self, stream, _mode):
        self.alive[stream].recording = []
        return 0

    def _cuStreamEndCapture(self, stream, graph):
        graph[0] = self._made(self.alive[stream].recording)
        self.alive[stream].recording = None
        return 0

    def _cuGraphInstantiateWithFlags(self, executable, graph, _flags):
        executable[0] = self._made(list(self.alive[graph]))
        return 0

    def _cuGraphLaunch(self, executable, stream):
        for operation in self.alive[executable]:
            self.alive[stream].add(operation)
        return 0

    def _cuGraphDestroy(self, graph):
        return self._gone(graph)

    _cuGraphExecDestroy = _cuEventDestroy_v2 = _cuGraphDestroy

    def _cuEventCreate(self, event, _flags):
        event[0] = self._made({})
        return 0

    def _cuEventRecord(self, event, stream):
        self.alive[stream].add(lambda: self.alive[event].update(at=self.clock_ms))
        return 0

    def _cuEventSynchronize(self, event):
        assert event in self.alive
        for thing in list(self.alive.values()):
            if isinstance(thing, Stream):
                thing.drain()
        return 0

    def _cuEventElapsedTime(self, elapsed, start, end):
        elapsed[0] = self.alive[end]["at"] - self.alive[start]["at"]
        return 0
