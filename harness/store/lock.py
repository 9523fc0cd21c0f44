"""One writer a file, where the platform can say so."""

from __future__ import annotations

import errno
from types import ModuleType
from typing import Any, Final

try:
    import fcntl as _fcntl
except ImportError:  # Windows has none; there, opening for writing twice is not caught
    _fcntl = None  # type: ignore[assignment]  # a module elsewhere

FCNTL: ModuleType | None = _fcntl

NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS})
"""What a file system says that keeps no locks, as some network mounts; it is as on Windows then."""


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
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    return True


def wait_for_lock(descriptor: int, fcntl: Any = FCNTL) -> None:  # noqa: ANN401 - as above
    """Take the file for this process, once no other has it."""
    if fcntl is None:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
