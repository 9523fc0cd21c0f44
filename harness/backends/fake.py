"""A runtime of numpy alone that takes as long as it is told, and breaks as it is told.

Shipped: tests, demonstrations, and the harness's own overhead are measured with it.
"""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, MutableSequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from harness.backends.base import Arrays
from harness.backends.settings import Option, refuse_options
from harness.core.case import Target
from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode
from model_zoo.export.artifact import Artifact
from model_zoo.inputs import example_inputs
from model_zoo.spec import ModelSpec

CLASSES: Final = 10
"""Numbers that the stand-in network gives for each item."""
NOISE: Final = b"a runtime that prints while it loads\n"

FAULT_AT_IMPORT: Final = "SCALECURVE_FAKE_FAULT_AT_IMPORT"
"""Environment variable that names a fault for whoever imports this runtime."""
ON_DEVICE: Final = "SCALECURVE_FAKE_ON_DEVICE"
"""Environment variable; where it is not empty, the stand-in claims to run on a GPU."""

PLANTED: Final = "SCALECURVE_FAKE_OPTIONS"
"""Environment variable with options that go over the target's, such as `fault=hang,work_us=90`: so
one of two interpreters can be slower than the other, or break."""

_OUTPUT_FAULTS: Final = ("nan", "wrong", "constant", "shape")
_PROCESS_FAULTS: Final = ("segfault", "hang", "exit", "stdout", "memory", "raise")
_FAULT: Final = Option("fault", ("", *_OUTPUT_FAULTS, *_PROCESS_FAULTS))
_FAULT_AT: Final = Option("fault_at", ("prepare", "run"))
_WORK_US: Final = "work_us"
_EVENTS_KEPT: Final = 16
"""Of a stand-in that is run for real: millions of passes must not fill the memory."""
_EXIT_CODE: Final = 3
_HOUR_S: Final = 3600.0
_WRONG_BY: Final = 1.1
_MEMORY_STEP: Final = 1 << 26
_MEMORY_END: Final = 1 << 40
"""Bytes after which the fault gives up: whoever asks for it sets a limit far below."""


def _nothing() -> None:
    """Do nothing: an unbroken runtime."""


class PassingTime(Protocol):
    """Something on which time passes, or is made to pass."""

    def advance(self, duration_ns: int) -> None:
        """Let `duration_ns` pass."""
        ...


@dataclass(slots=True)
class FakeClock:
    """Nanoseconds that pass only when someone says so."""

    now_ns: int = 0

    def __call__(self) -> int:
        """Return the time; it does not move by being read."""
        return self.now_ns

    def advance(self, duration_ns: int) -> None:
        """Let `duration_ns` pass."""
        self.now_ns += duration_ns


class BusyClock:
    """The machine's own clock: time is passed by keeping the core busy."""

    def advance(self, duration_ns: int) -> None:
        """Work until `duration_ns` have passed."""
        end_ns = time.perf_counter_ns() + duration_ns
        while time.perf_counter_ns() < end_ns:
            pass


@dataclass(frozen=True, slots=True)
class FakeNetwork:
    """Cosines of the inputs, mixed by weights that the spec's digest seeds."""

    spec: ModelSpec
    fault: str = ""

    def __call__(self, inputs: Arrays) -> NDArray[np.float64]:
        """Return outputs of shape (batch, 10), each of order 1."""
        batch_size = inputs[0].shape[0]
        flat = np.concatenate([array.reshape(batch_size, -1) for array in inputs], axis=1)
        outputs: NDArray[np.float64] = np.cos(flat.astype(np.float64)) @ self._weights(flat)
        if self.fault == "nan":
            outputs[0, 0] = np.nan
        if self.fault == "wrong":
            outputs *= _WRONG_BY
        if self.fault == "constant":
            outputs[:] = 1.0
        given: NDArray[np.float64] = outputs[:, int(self.fault == "shape") :]
        return given

    def _weights(self, flat: NDArray[Any]) -> NDArray[np.float64]:
        seed = int.from_bytes(hashlib.sha256(self.spec.digest.encode()).digest()[:8], "little")
        width = flat.shape[1]
        weights = np.random.Generator(np.random.PCG64(seed)).standard_normal((width, CLASSES))
        scaled: NDArray[np.float64] = weights / np.sqrt(width)
        return scaled


@dataclass(slots=True)
class FakePrepared:
    """Advances the clock by the next duration at every pass, and notes what it was asked."""

    clock: PassingTime
    durations_ns: Iterator[int]
    network: Callable[[Arrays], NDArray[Any]] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    before_run: Callable[[], None] = _nothing
    asynchronous: bool = False
    runs: int = 0
    events: MutableSequence[str] = field(default_factory=list)
    inputs: Arrays = ()

    def bind(self, inputs: Arrays) -> None:
        """Keep copies of these inputs."""
        self.inputs = tuple(np.array(array) for array in inputs)

    def run(self) -> None:
        """Take the next duration."""
        self.before_run()
        self.runs += 1
        self.events.append("run")
        self.clock.advance(next(self.durations_ns))

    def run_with_transfers(self) -> None:
        """Run: there is no device to copy to."""
        self.run()

    def synchronize(self) -> None:
        """Note that it was asked for."""
        self.events.append("synchronize")

    def outputs(self) -> Arrays:
        """Return what the network makes of the inputs; one zero where there is no network."""
        if self.network is None:
            return (np.zeros((1, 1), dtype=np.float32),)
        return (self.network(self.inputs).astype(np.float32),)

    def effective(self) -> Mapping[str, str]:
        """Return the settings that it was made with."""
        return self.settings

    def device_time_ns(self) -> int | None:
        """Return None: there are no events."""
        return None


@dataclass(frozen=True, slots=True)
class FakeBackend:
    """Serves the CPU; takes any artifact, and of it only the spec.

    Where the environment has `SCALECURVE_FAKE_ON_DEVICE` it says that it runs on a GPU, so that
    what reads a GPU's counters can be tried without one.
    """

    clock: PassingTime = field(default_factory=BusyClock)

    @staticmethod
    def reference(spec: ModelSpec, batch_size: int, index: int = 0) -> Arrays:
        """Return what an unbroken stand-in gives for the example inputs, in fp64."""
        return (FakeNetwork(spec)(example_inputs(spec, batch_size, index)),)

    def availability(self, target: Target) -> Reason | None:
        """Say why `target` cannot be served; None where it can."""
        target = _planted(target)
        if target.is_cuda and not os.environ.get(ON_DEVICE):
            detail = f"the fake runs on the CPU, not on {target.device}"
            return Reason(code=ReasonCode.NO_CUDA_DEVICE, detail=detail)
        work = target.option(_WORK_US, "0")
        if not work.isdecimal():
            detail = f"{_WORK_US} takes microseconds as a whole number, not {work!r}"
            return Reason(code=ReasonCode.OPTION_UNSUPPORTED, detail=detail)
        return refuse_options(target, (_FAULT, _FAULT_AT, Option(_WORK_US, (work,))))

    def preload(self) -> None:
        """Import nothing: numpy is there already. Break if the environment asks for it."""
        _breakage(os.environ.get(FAULT_AT_IMPORT, ""))()

    @contextmanager
    def prepare(
        self, artifact: Artifact, target: Target, batch_size: int
    ) -> Iterator[FakePrepared]:
        """Give out a stand-in network, with the fault that the target's options ask for.

        Raises:
            Unavailable: the target is a GPU, or has an option that is not known.
            RuntimeError: the fault `raise`.
            MemoryError: the fault `memory`, at the process's limit.
        """
        del batch_size  # the arrays that are bound have it
        target = _planted(target)
        reason = self.availability(target)
        if reason is not None:
            raise Unavailable(reason.code, reason.detail, reason.hint)
        fault = target.option("fault")
        break_now = _breakage(fault)
        at_run = target.option("fault_at") == "run"
        if not at_run:
            break_now()
        yield FakePrepared(
            clock=self.clock,
            durations_ns=repeat(int(target.option(_WORK_US, "0")) * 1000),
            network=FakeNetwork(artifact.spec, fault),
            settings={"threads": str(target.threads), "precision": str(target.precision)},
            before_run=break_now if at_run else _nothing,
            events=deque(maxlen=_EVENTS_KEPT),
        )


def _planted(target: Target) -> Target:
    """Put the options that the environment plants over the target's own."""
    pairs = [part.split("=", 1) for part in os.environ.get(PLANTED, "").split(",") if part]
    options = {**dict(target.options), **dict(pairs)}
    return replace(target, options=tuple(sorted(options.items())))


def _breakage(fault: str) -> Callable[[], None]:
    return {
        "segfault": lambda: os.kill(os.getpid(), signal.SIGSEGV),
        "hang": lambda: time.sleep(_HOUR_S),
        "exit": lambda: os._exit(_EXIT_CODE),
        "stdout": _write_to_stdout,
        "memory": _exhaust_memory,
        "raise": _raise,
    }.get(fault, _nothing)


def _write_to_stdout() -> None:
    os.write(1, NOISE)


def _exhaust_memory() -> None:
    hoard = [b"\1" * _MEMORY_STEP]
    while len(hoard) * _MEMORY_STEP < _MEMORY_END:
        hoard.append(b"\1" * _MEMORY_STEP)


def _raise() -> None:
    raise RuntimeError("the fault that was asked for")
