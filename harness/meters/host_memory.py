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
    """RssAnon: without file pages and shared memory, which are the rest of `resident`."""


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
        found = _sizes(text)
        try:
            return Marks(
                high_water=found["VmHWM:"], resident=found["VmRSS:"], anonymous=found["RssAnon:"]
            )
        except KeyError as error:
            raise _unavailable(f"{self.root / 'status'} has no such line: {error}") from error

    def resident_exactly(self) -> int | None:
        """Sum what is resident over all mappings, in bytes; None where the kernel does not tell.

        The counters behind `marks` are kept for each core, and read without waiting for the
        others: they may be late by some pages a core. This walks the page tables, which takes
        20 ms a GB.

        Source: Linux kernel, filesystems/proc, `smaps_rollup`.
        """
        try:
            text = (self.root / "smaps_rollup").read_text(encoding="ascii", errors="replace")
        except OSError:
            return None
        return _sizes(text).get("Rss:")


def _sizes(text: str) -> dict[str, int]:
    """Read the lines that end in kB, in bytes."""
    lines = (line.split() for line in text.splitlines())
    sizes = (words for words in lines if words[2:] == ["kB"] and words[1].isdecimal())
    return {words[0]: int(words[1]) * _KIB for words in sizes}


def _reason(detail: str) -> Reason:
    code = ReasonCode.HIGH_WATER_MARK_UNAVAILABLE
    return Reason(code=code, detail=detail, hint=_HINT)


def _unavailable(detail: str) -> Unavailable:
    return Unavailable(ReasonCode.HIGH_WATER_MARK_UNAVAILABLE, detail, _HINT)
