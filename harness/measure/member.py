"""One of several processes of a case: says when it is ready, and works when it is told to."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from time import perf_counter_ns
from typing import TypeVar

from harness.core.errors import WorkerDied
from harness.core.reason import ReasonCode
from harness.core.trial import Decision, StopReason, Timeline, Trial
from harness.core.wire import decode, encode
from harness.measure.arrivals import poisson_arrivals, taken_in_turn
from harness.measure.sample import Sampler
from harness.measure.server import Answered, Offer, Server
from harness.measure.slices import one_pass
from harness.measure.timer import SleepTimer, Timer, least_slack

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """This process has prepared, verified and warmed up."""

    iteration_ns: int
    """Median duration of an iteration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a process says to its leader: one of the three."""

    ready: Ready | None = None
    answered: Answered | None = None
    trial: Trial | None = None
    """The last: the process ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do next: one of the two, or to end where neither is given."""

    window_ns: tuple[int, ...] = ()
    """Begin and end of the common window, on the monotonic clock."""
    offer: Offer | None = None


@dataclass(slots=True)
class Line:
    """Messages between a process and the one that leads it: one line of JSON each."""

    ours: socket.socket
    reader: BufferedReader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = self.ours.makefile("rb")

    def close(self) -> None:
        """Close this end."""
        self.reader.close()
        self.ours.close()

    def say(self, message: object) -> None:
        """Send one of our dataclasses.

        Raises:
            WorkerDied: the other end is gone.
        """
        try:
            self.ours.sendall(encode(message) + b"\n")
        except OSError:
            raise gone() from None

    def hear(self, kind: type[T]) -> T:
        """Sleep in the kernel until a message comes.

        Raises:
            WorkerDied: the other end is gone.
        """
        try:
            data = self.reader.readline()
        except OSError:
            raise gone() from None
        if not data.endswith(b"\n"):
            raise gone()
        return decode(data, kind)


def gone() -> WorkerDied:
    """Say that another process of the case has ended, so that this one cannot go on."""
    return WorkerDied(ReasonCode.OTHER_SIDE_ENDED, "another process of the same case has ended")


@dataclass(slots=True)
class Together:
    """Samples in a window that is the same for all processes of the case."""

    line: Line
    transfers: bool = False

    def begin(self) -> None:
        """Go on at once: all prepare at the same time."""

    def run(self, sampler: Sampler) -> tuple[Timeline, Decision]:
        """Settle, wait for the others, sample until the window closes."""
        sampler.settle()
        self.line.say(Word(ready=Ready(iteration_ns=sampler.iteration_ns)))
        begin_ns, end_ns = self.line.hear(Order).window_ns
        return sampler.run_between(begin_ns, end_ns)


@dataclass(slots=True)
class OnCall:
    """Serves what is offered, until nothing more is."""

    line: Line
    transfers: bool = False

    def begin(self) -> None:
        """Go on at once."""

    def run(self, sampler: Sampler) -> tuple[Timeline, Decision]:
        """Settle, serve, and return the probes between the offers; queries go to the leader."""
        sampler.settle()
        least_slack()
        timer: Timer = SleepTimer.tried()
        server = Server(call=one_pass(sampler.model), clock=perf_counter_ns, timer=timer)
        prober = sampler.instruments.prober
        prober.read()
        self.line.say(Word(ready=Ready(iteration_ns=sampler.iteration_ns)))
        while (offer := self.line.hear(Order).offer) is not None:
            self.line.say(Word(answered=self._served(server, offer)))
            prober.read()
        decision = Decision(stopped=StopReason.TIME_LIMIT)
        return Timeline(probes=prober.columns()), decision

    def _served(self, server: Server, offer: Offer) -> Answered:
        arrivals = poisson_arrivals(offer.rate, offer.queries, offer.seed).tolist()
        numbers: Iterable[int] = range(offer.queries)
        if offer.counter:
            numbers = taken_in_turn(Path(offer.counter), offer.queries)
        return server.answer(offer, arrivals, numbers)
