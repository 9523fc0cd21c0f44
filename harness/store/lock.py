"""One writer a file, where the platform can say so."""

from __future__ import annotations

from types import ModuleType
from typing import Any

try:
    import fcntl as _fcntl
except ImportError:  # Windows has none; there, opening for writing twice is not caught
    _fcntl = None  # type: ignore[assignment]  # a module elsewhere

FCNTL: ModuleType | None = _fcntl


def try_lock(descriptor: int, fcntl: Any = FCNTL) -> bool:  # noqa: ANN401 - a module or None
    """Take the file for this process; False where another has it.

    The lock ends with the last descriptor of this opening, so a killed process leaves none.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_for_lock(descriptor: int, fcntl: Any = FCNTL) -> None:  # noqa: ANN401 - as above
    """Take the file for this process, once no other has it."""
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
