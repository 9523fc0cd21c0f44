"""How a measuring process ended, waited for in the kernel: its reply, or why there is none."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

from harness.core.errors import WorkerDied
from harness.core.reason import ReasonCode

_OUT_OF_MEMORY_SIGNAL: Final = signal.SIGKILL


def forget(reply: Path) -> None:
    """Remove what an earlier process of these names left."""
    for suffix in (".json", ".log", ".part"):
        reply.with_suffix(suffix).unlink(missing_ok=True)


def reply_of(reply: Path, code: int) -> bytes:
    """Return the reply that a process left.

    Raises:
        WorkerDied: it left none; the message says how it ended.
    """
    if reply.exists():
        return reply.read_bytes()
    log = tail(reply.with_suffix(".log"))
    if code == -_OUT_OF_MEMORY_SIGNAL:
        raise WorkerDied(
            ReasonCode.OUT_OF_MEMORY,
            f"killed with SIGKILL, as the kernel does when memory is short{log}",
            "ask for smaller networks, or free memory",
        )
    crashed = code < 0
    code_name = ReasonCode.WORKER_CRASHED if crashed else ReasonCode.WORKER_EXITED
    raise WorkerDied(code_name, f"the measuring process ended with {how(code)}{log}")


def timed_out(limit_s: float, log: Path) -> WorkerDied:
    """Say that a process was killed because it had not answered."""
    return WorkerDied(
        ReasonCode.WORKER_TIMED_OUT, f"no answer in {limit_s:g} s; it was killed{tail(log)}"
    )


def how(code: int) -> str:
    """Name an exit status, or the signal that ended a process."""
    if code >= 0:
        return f"exit status {code}"
    named = -code in {member.value for member in signal.Signals}
    return f"signal {signal.Signals(-code).name if named else -code}"


def tail(log: Path, limit: int = 2_000) -> str:
    """Quote the end of what a process printed; empty where it printed nothing."""
    try:
        text = log.read_bytes()[-limit:].decode(errors="replace").strip()
    except OSError:
        return ""
    return f"; it printed: {text}" if text else ""


def has_ended(process: subprocess.Popen[bytes], limit_s: float) -> bool:
    """Wait for the end of a process, in the kernel where it can tell; False at the limit."""
    try:
        ended = os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        with suppress(subprocess.TimeoutExpired):
            process.wait(limit_s)
        return process.poll() is not None
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(ended, selectors.EVENT_READ)
            return bool(selector.select(limit_s))
    finally:
        os.close(ended)
