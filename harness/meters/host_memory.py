"""Resident memory of this process and its peak, by the kernel's own high-water mark.

Nothing is sampled: a sampler misses short peaks, and `ru_maxrss` inherits the parent's.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode

_KIB: Final = 1024
_RESET: Final = "5"
"""Sets the mark to what is resident now. Source: Linux man-pages, proc_pid_clear_refs(5)."""
_HINT: Final = "needs Linux with CONFIG_PROC_PAGE_MONITOR and /proc/self/clear_refs writable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Resident memory of this process, in bytes. Source: Linux man-pages, proc_pid_status(5)."""

    high_water: int
    """VmHWM: the most that was resident since the mark was reset."""
    resident: int
    """VmRSS."""
    anonymous: int
    """RssAnon: without file pages and shared memory."""


@dataclass(frozen=True, slots=True)
class HostMemoryMeter:
    """Reads and resets the high-water mark of this process."""

    root: Path = Path("/proc/self")
    """Folder that holds `status` and `clear_refs`."""
    unit: str = "B"

    def availability(self) -> Reason | None:
        """Say why the mark cannot be read or reset; None where it can."""
        try:
            self.marks()
        except Unavailable as error:
            return error.reason
        clear_refs = self.root / "clear_refs"
        return None if os.access(clear_refs, os.W_OK) else _reason(f"{clear_refs}: not writable")

    def release_free_heap(self) -> None:
        """Give free memory of the C heap back to the kernel, where the C library can.

        Else what is loaded next would take it, and seem to need less than it holds.

        Source: malloc_trim(3).
        """
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)

    def reset(self) -> None:
        """Set the high-water mark to what is resident now.

        Raises:
            Unavailable: the kernel has no such file, or does not let it be written.
        """
        try:
            (self.root / "clear_refs").write_text(_RESET, encoding="ascii")
        except OSError as error:
            raise _unavailable(f"the mark cannot be reset: {error}") from error

    def read(self) -> int:
        """Return the high-water mark, in bytes.

        Raises:
            Unavailable: this kernel does not tell.
        """
        return self.marks().high_water

    def marks(self) -> Marks:
        """Return the high-water mark and what is resident now.

        Raises:
            Unavailable: this kernel does not tell.
        """
        try:
            text = (self.root / "status").read_text(encoding="ascii", errors="replace")
        except OSError as error:
            raise _unavailable(f"the mark cannot be read: {error}") from error
        lines = (line.split() for line in text.splitlines())
        found = {words[0]: words[1] for words in lines if words[2:] == ["kB"]}
        try:
            return Marks(
                high_water=int(found["VmHWM:"]) * _KIB,
                resident=int(found["VmRSS:"]) * _KIB,
                anonymous=int(found["RssAnon:"]) * _KIB,
            )
        except (KeyError, ValueError) as error:
            raise _unavailable(f"{self.root / 'status'} has no such line: {error}") from error


def _reason(detail: str) -> Reason:
    code = ReasonCode.HIGH_WATER_MARK_UNAVAILABLE
    return Reason(code=code, detail=detail, hint=_HINT)


def _unavailable(detail: str) -> Unavailable:
    return Unavailable(ReasonCode.HIGH_WATER_MARK_UNAVAILABLE, detail, _HINT)
