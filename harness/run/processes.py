"""The controller's end of the measuring processes: start, ask, wait in the kernel, clean up."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Protocol

from harness.core.errors import WorkerDied
from harness.core.reason import ReasonCode

_START_LIMIT_S: Final = 120.0
_POLITE_S: Final = 1.0
"""What a process gets to end by itself once its input is closed."""
_ONE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONUNBUFFERED": "1",
}
"""Importing a runtime must make no pool of threads; a trial sets its own number."""
_OUT_OF_MEMORY_SIGNAL: Final = signal.SIGKILL


class Asker(Protocol):
    """Something that does one request in a fresh process."""

    def ask(self, request: Mapping[str, Any], limit_s: float) -> bytes:
        """Return the reply.

        Raises:
            WorkerDied: it crashed, hung, or left without an answer.
        """
        ...

    def close(self) -> None:
        """End every process that was started."""
        ...


def _start(module: str, *arguments: str, log: Path) -> subprocess.Popen[bytes]:
    """Start a module of ours in a new interpreter, its errors going to a file."""
    with log.open("wb") as errors:
        return subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **_ONE_THREAD},
        )


def _tell(process: subprocess.Popen[bytes], message: bytes) -> bool:
    """Write to a process; False where it has died, which whoever waits for it will say."""
    assert process.stdin is not None  # noqa: S101 - every process is started with one
    try:
        process.stdin.write(message)
        process.stdin.flush()
    except BrokenPipeError:
        return False
    return True


def _has_ended(process: subprocess.Popen[bytes], limit_s: float) -> bool:
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


def _close(stream: IO[bytes] | None) -> None:
    """Close one end of a pipe; what a dead process has not read is lost with it."""
    with suppress(BrokenPipeError):
        if stream is not None:
            stream.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs, and leave nothing of it behind."""
    _close(process.stdin)
    try:
        process.wait(_POLITE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _close(process.stdout)


@dataclass(slots=True)
class Spawner:
    """Starts a new interpreter for each request."""

    folder: Path
    """For replies and logs; one request at a time uses the same names."""
    process: subprocess.Popen[bytes] | None = None

    def start(self, request: Mapping[str, Any]) -> subprocess.Popen[bytes]:
        """Start the request without waiting for it."""
        reply = self.folder / "reply.json"
        _forget(reply)
        self.process = _start(
            "harness.run.worker", str(os.getpid()), str(reply), log=self.folder / "start.log"
        )
        _tell(self.process, json.dumps(request).encode())
        _close(self.process.stdin)
        return self.process

    def collect(self, limit_s: float) -> bytes:
        """Wait for the request that was started, and return its reply."""
        assert self.process is not None  # noqa: S101 - start comes first
        if not _has_ended(self.process, limit_s):
            self.process.kill()
            self.close()
            if not (self.folder / "reply.json").exists():
                raise _timed_out(limit_s, self.folder / "reply.log")
        code = self.process.wait()
        _close(self.process.stdout)
        return _reply(self.folder / "reply.json", code)

    def ask(self, request: Mapping[str, Any], limit_s: float) -> bytes:
        """Start, wait, and return the reply."""
        self.start(request)
        return self.collect(limit_s)

    def close(self) -> None:
        """Kill what is still running."""
        if self.process is not None:
            _end(self.process)


@dataclass(slots=True)
class ForkServer:
    """A process that has imported one runtime and forks for each request."""

    runtime: str
    folder: Path
    process: subprocess.Popen[bytes] = field(init=False)
    buffer: bytes = b""
    ready: bool = False

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = _start(
            "harness.run.server", self.runtime, str(os.getpid()), log=self.folder / "server.log"
        )

    def wait_until_ready(self) -> None:
        """Wait for the end of its imports.

        Raises:
            WorkerDied: it ended while it imported, or took two minutes.
        """
        if not self.ready:
            self._prompt_answer()
            self.ready = True

    def ask(self, request: Mapping[str, Any], limit_s: float) -> bytes:
        """Have the request done in a fork, and return its reply."""
        self.wait_until_ready()
        reply = self.folder / "reply.json"
        _forget(reply)
        if not _tell(self.process, json.dumps({**request, "reply": str(reply)}).encode() + b"\n"):
            raise self._gone()
        pid = self._prompt_answer()["pid"]
        try:
            code = self._answer(limit_s)["ended"]
        except TimeoutError:
            with suppress(ProcessLookupError):  # it may end just now
                os.kill(pid, signal.SIGKILL)
            self._prompt_answer()
            if not reply.exists():
                raise _timed_out(limit_s, reply.with_suffix(".log")) from None
            code = 0
        return _reply(reply, code)

    def close(self) -> None:
        """End the server; a fork that still runs ends with it."""
        _end(self.process)

    def _prompt_answer(self) -> dict[str, Any]:
        """Read a line that the server owes us at once.

        Raises:
            WorkerDied: it ended, or hangs.
        """
        try:
            return self._answer(_START_LIMIT_S)
        except TimeoutError:
            raise _timed_out(_START_LIMIT_S, self.folder / "server.log") from None

    def _answer(self, limit_s: float) -> dict[str, Any]:
        """Read one line; sleeps in the kernel until it comes."""
        assert self.process.stdout is not None  # noqa: S101 - asked for above
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while b"\n" not in self.buffer:
                if not selector.select(limit_s):
                    raise TimeoutError(f"no answer from the {self.runtime} server in {limit_s:g} s")
                data = os.read(self.process.stdout.fileno(), 1 << 16)
                if not data:
                    raise self._gone()
                self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _gone(self) -> WorkerDied:
        code = self.process.wait()
        detail = f"the {self.runtime} server ended with {_how(code)}"
        return WorkerDied(ReasonCode.WORKER_CRASHED, detail + _tail(self.folder / "server.log"))


def _forget(reply: Path) -> None:
    for suffix in (".json", ".log", ".part"):
        reply.with_suffix(suffix).unlink(missing_ok=True)


def _reply(reply: Path, code: int) -> bytes:
    """Return the reply that a process left, or say how it ended without one."""
    if reply.exists():
        return reply.read_bytes()
    log = _tail(reply.with_suffix(".log"))
    if code == -_OUT_OF_MEMORY_SIGNAL:
        raise WorkerDied(
            ReasonCode.OUT_OF_MEMORY,
            f"killed with SIGKILL, as the kernel does when memory is short{log}",
            "ask for smaller networks, or free memory",
        )
    crashed = code < 0
    code_name = ReasonCode.WORKER_CRASHED if crashed else ReasonCode.WORKER_EXITED
    raise WorkerDied(code_name, f"the measuring process ended with {_how(code)}{log}")


def _timed_out(limit_s: float, log: Path) -> WorkerDied:
    return WorkerDied(
        ReasonCode.WORKER_TIMED_OUT, f"no answer in {limit_s:g} s; it was killed{_tail(log)}"
    )


def _how(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    named = -code in {member.value for member in signal.Signals}
    return f"signal {signal.Signals(-code).name if named else -code}"


def _tail(log: Path, limit: int = 2_000) -> str:
    try:
        text = log.read_bytes()[-limit:].decode(errors="replace").strip()
    except OSError:
        return ""
    return f"; it printed: {text}" if text else ""
