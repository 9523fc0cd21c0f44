"""How long this process was ready to run and another one had its core."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

_SCHEDSTAT: Final = Path("/proc/self/schedstat")


def run_delay(path: Path = _SCHEDSTAT) -> Callable[[], int] | None:
    """Return a reader of the time, in ns, that the calling thread waited for a core so far.

    Probes are shorter than a time slice of the scheduler, so they do not see a process that shares
    the core; this counter sees nothing else. None where the kernel does not keep it.

    Source: Linux, Documentation/scheduler/sched-stats.rst, /proc/<pid>/schedstat, second number.
    """
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    return lambda: int(os.pread(file, 80, 0).split()[1])
