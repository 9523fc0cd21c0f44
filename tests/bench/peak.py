"""The most memory that this process held, by the kernel's own mark. Linux only."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")
_CLEAR: Final = Path("/proc/self/clear_refs")
_KIB: Final = 1024


def reset() -> None:
    """Set the mark to what is resident now. Source: Linux man-pages, proc_pid_clear_refs(5)."""
    _CLEAR.write_text("5", encoding="ascii")


def peak_bytes() -> int:
    """Return VmHWM in bytes. Source: Linux man-pages, proc_pid_status(5)."""
    lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) * _KIB for line in lines if line.startswith("VmHWM:"))
