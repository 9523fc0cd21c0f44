"""What a measuring process does first: die with its parent, and keep its output out of the way."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import sys
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def die_with_parent(parent: int) -> None:
    """End this process when its parent ends; Linux only, elsewhere a closed pipe ends a server.

    Source: prctl(2), PR_SET_PDEATHSIG; the parent may be gone before the call.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def write_output_to(log: Path) -> None:
    """Send this process's standard output and errors to a file, and tracebacks of crashes too."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    faulthandler.enable()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that a reader sees whole or not at all."""
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)
