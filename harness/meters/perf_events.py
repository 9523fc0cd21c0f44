"""The kernel's performance events: opened for a processor, and read as whole counts."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from dataclasses import dataclass
from typing import Any, Final, Protocol

_SYSCALLS: Final = {"x86_64": 298, "aarch64": 241, "ppc64le": 319, "s390x": 331, "riscv64": 241}
"""Number of perf_event_open. Source: Linux, the system-call tables of each architecture."""
_ATTRIBUTES: Final = struct.Struct("=IIQ QQQQ IIQ")
"""type, size, config; period, sample type, read format, flags; wake-up, breakpoint type, config1.

Source: Linux, include/uapi/linux/perf_event.h, `struct perf_event_attr`, PERF_ATTR_SIZE_VER0.
"""
_CLOSE_ON_EXEC: Final = 8
"""Source: the same, PERF_FLAG_FD_CLOEXEC."""
_EVERY_PROCESS: Final = -1
_NO_GROUP: Final = -1
_COUNT: Final = struct.Struct("=Q")


class Events(Protocol):
    """What opens an event and reads it; tests pass their own."""

    def open(self, kind: int, config: int, cpu: int) -> int:
        """Begin to count on one processor, for every process; return a handle.

        Raises:
            OSError: the kernel has no such event, or this user may not count it.
        """
        ...

    def read(self, handle: int) -> int:
        """Return the count since `open`.

        Raises:
            OSError: the event is gone.
        """
        ...

    def close(self, handle: int) -> None:
        """Stop counting."""
        ...


@dataclass(frozen=True, slots=True)
class KernelEvents:
    """Events of this kernel."""

    library: Any = None
    """The C library; the one of this process where none is given."""
    machine: str = ""
    """Architecture, as `platform.machine` names it; this one where none is given."""

    def open(self, kind: int, config: int, cpu: int) -> int:
        """Begin to count on one processor, for every process; return a file descriptor.

        Raises:
            OSError: the kernel has no such event, or this user may not count it.
        """
        number = _SYSCALLS.get(self.machine or platform.machine())
        if number is None or os.name != "posix":
            raise OSError(f"no performance events on {self.machine or platform.machine()}")
        library = self.library or ctypes.CDLL(None, use_errno=True)
        attributes = _ATTRIBUTES.pack(kind, _ATTRIBUTES.size, config, 0, 0, 0, 0, 0, 0, 0)
        handle = library.syscall(
            ctypes.c_long(number),
            ctypes.create_string_buffer(attributes, _ATTRIBUTES.size),
            ctypes.c_int(_EVERY_PROCESS),
            ctypes.c_int(cpu),
            ctypes.c_int(_NO_GROUP),
            ctypes.c_ulong(_CLOSE_ON_EXEC),
        )
        if handle < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        return int(handle)

    def read(self, handle: int) -> int:
        """Return the count since `open`.

        Raises:
            OSError: the event is gone.
        """
        data = os.read(handle, _COUNT.size)
        if len(data) < _COUNT.size:
            raise OSError(f"an event gave {len(data)} bytes; expected {_COUNT.size}")
        (count,) = _COUNT.unpack(data)
        return int(count)

    def close(self, handle: int) -> None:
        """Stop counting."""
        os.close(handle)
