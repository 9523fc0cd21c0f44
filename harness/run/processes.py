"""The controller's end of the measuring processes: start, ask, wait in the kernel, clean up."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Protocol

from harness.core.errors import WorkerDied
from harness.core.reason import ReasonCode
from harness.run.endings import forget, has_ended, how, reply_of, tail, timed_out
from harness.run.interpreter import OWN, Interpreter

_START_LIMIT_S: Final = 120.0
_POLITE_S: Final = 1.0
"""What a process gets to end by itself once its input is closed."""


class Asker(Protocol):
    """Something that does one request in a fresh process."""

    def begin(self, request: Mapping[str, Any]) -> None:
        """Start the request without waiting for its end.

        Raises:
            WorkerDied: there is nothing left that could start it.
        """
        ...

    def collect(self, limit_s: float) -> bytes:
        """Wait for the request that was begun, and return the reply.

        Raises:
            WorkerDied: it crashed, hung, or left without an answer.
        """
        ...

    def watch(self) -> int | None:
        """Return what can be read once the request has ended; None where that is so already."""
        ...

    def ask(self, request: Mapping[str, Any], limit_s: float) -> bytes:
        """Return the reply.

        Raises:
            WorkerDied: it crashed, hung, or left without an answer.
        """
        ...

    def close(self) -> None:
        """End every process that was started."""
        ...


def _start(
    interpreter: Interpreter, module: str, *arguments: str, log: Path
) -> subprocess.Popen[bytes]:
    """Start a module of ours in a new process, its errors going to a file."""
    with log.open("wb") as errors:
        return subprocess.Popen(  # noqa: S603 - our own interpreter, or one that the user named
            [interpreter.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=interpreter.environment(),
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
    interpreter: Interpreter = OWN
    process: subprocess.Popen[bytes] | None = None
    ending: int = -1
    """Descriptor of the process, where someone watches it."""

    def start(self, request: Mapping[str, Any]) -> subprocess.Popen[bytes]:
        """Start the request without waiting for it."""
        reply = self.folder / "reply.json"
        forget(reply)
        log = self.folder / "start.log"
        self.process = _start(
            self.interpreter, "harness.run.worker", str(os.getpid()), str(reply), log=log
        )
        _tell(self.process, json.dumps(request).encode())
        _close(self.process.stdin)
        return self.process

    def begin(self, request: Mapping[str, Any]) -> None:
        """Start the request without waiting for its end."""
        self.start(request)

    def watch(self) -> int | None:
        """Return a descriptor of its process; None where the kernel has none to give."""
        assert self.process is not None  # noqa: S101 - start comes first
        if self.ending < 0:
            with suppress(AttributeError, OSError):
                self.ending = os.pidfd_open(self.process.pid)
        return self.ending if self.ending >= 0 else None

    def collect(self, limit_s: float) -> bytes:
        """Wait for the request that was started, and return its reply."""
        assert self.process is not None  # noqa: S101 - start comes first
        if not has_ended(self.process, limit_s):
            self.process.kill()
            self.close()
            if not (self.folder / "reply.json").exists():
                raise timed_out(limit_s, self.folder / "reply.log")
        code = self.process.wait()
        _close(self.process.stdout)
        self._unwatch()
        return reply_of(self.folder / "reply.json", code)

    def ask(self, request: Mapping[str, Any], limit_s: float) -> bytes:
        """Start, wait, and return the reply."""
        self.start(request)
        return self.collect(limit_s)

    def close(self) -> None:
        """Kill what is still running."""
        if self.process is not None:
            _end(self.process)
            self._unwatch()

    def _unwatch(self) -> None:
        if self.ending >= 0:
            os.close(self.ending)
            self.ending = -1


@dataclass(slots=True)
class ForkServer:
    """A process that has imported one runtime and forks for each request."""

    runtime: str
    folder: Path
    interpreter: Interpreter = OWN
    process: subprocess.Popen[bytes] = field(init=False)
    buffer: bytes = b""
    ready: bool = False
    forked: int = 0
    """Process that does the request that was begun."""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / "server.log"
        self.process = _start(
            self.interpreter, "harness.run.server", self.runtime, str(os.getpid()), log=log
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
        self.begin(request)
        return self.collect(limit_s)

    def begin(self, request: Mapping[str, Any]) -> None:
        """Have a process forked for the request, without waiting for its end."""
        self.wait_until_ready()
        reply = self.folder / "reply.json"
        forget(reply)
        if not _tell(self.process, json.dumps({**request, "reply": str(reply)}).encode() + b"\n"):
            raise self._gone()
        self.forked = self._prompt_answer()["pid"]

    def collect(self, limit_s: float) -> bytes:
        """Wait for the request that was begun, and return its reply."""
        reply = self.folder / "reply.json"
        try:
            code = self._answer(limit_s)["ended"]
        except TimeoutError:
            with suppress(ProcessLookupError):  # it may end just now
                os.kill(self.forked, signal.SIGKILL)
            self._prompt_answer()
            if not reply.exists():
                raise timed_out(limit_s, reply.with_suffix(".log")) from None
            code = 0
        return reply_of(reply, code)

    def watch(self) -> int | None:
        """Return the pipe on which the server says that the request has ended."""
        assert self.process.stdout is not None  # noqa: S101 - asked for at the start
        return None if b"\n" in self.buffer else self.process.stdout.fileno()

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
            raise timed_out(_START_LIMIT_S, self.folder / "server.log") from None

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
        detail = f"the {self.runtime} server ended with {how(code)}"
        return WorkerDied(ReasonCode.WORKER_CRASHED, detail + tail(self.folder / "server.log"))
