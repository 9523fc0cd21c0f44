"""Which core this process is on, and keeping it there; where the platform lets us."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Collection
from typing import Final

_LINUX: Final = sys.platform == "linux"


def _sched_getcpu() -> Callable[[], int]:
    if not _LINUX:
        return lambda: -1
    getcpu: Callable[[], int] = ctypes.CDLL(None).sched_getcpu
    return getcpu


current_core: Final = _sched_getcpu()
"""Return the core that runs the caller; -1 where the platform does not say."""


def allowed_cores() -> tuple[int, ...]:
    """Return the cores that this process may run on; empty where it cannot be pinned."""
    return tuple(sorted(os.sched_getaffinity(0))) if _LINUX else ()


def pin(cores: Collection[int]) -> None:
    """Run this process, and every thread that it starts from now on, on these cores only."""
    if _LINUX and cores:
        os.sched_setaffinity(0, cores)
