"""One maker at a time, across processes; a lock dies with the process that holds it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, waiting in the kernel until it is free.

    The file stays when the lock is gone: removing it would let two processes lock two files of one
    name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        _lock(file.fileno())
        try:
            yield
        finally:
            _unlock(file.fileno())


if sys.platform == "win32":  # pragma: no cover -- the tests run on Linux
    import msvcrt

    def _lock(descriptor: int) -> None:
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
            except OSError:  # it tries for ten seconds, then gives up
                continue
            return

    def _unlock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import errno
    import fcntl

    _NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS})

    def _lock(descriptor: int) -> None:
        where_kept(fcntl.flock, descriptor, fcntl.LOCK_EX)

    def _unlock(descriptor: int) -> None:
        where_kept(fcntl.flock, descriptor, fcntl.LOCK_UN)

    def where_kept(flock: Callable[[int, int], None], descriptor: int, how: int) -> None:
        """Lock or unlock; on a file system that keeps no locks, two makers may make the same."""
        try:
            flock(descriptor, how)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
