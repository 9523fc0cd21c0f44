"""The turn that two measuring processes pass to each other: who has it runs, the other sleeps."""

from __future__ import annotations

import os
import select
from dataclasses import dataclass
from typing import Final

from harness.core.errors import WorkerDied
from harness.core.reason import ReasonCode
from harness.core.trial import Decision, Side
from harness.core.wire import decode, encode

_READ_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """One side's part in a pair, for a process that knows nothing else of the other."""

    side: Side
    starts: bool
    """Whether this side has the turn first."""
    inbox: str
    """Named pipe on which the turn comes."""
    outbox: str
    """Named pipe on which it goes to the other side."""
    patience_s: float
    """How long the other side may keep the turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a side says when it passes the turn: all that it has measured so far."""

    iteration_ns: int = 0
    typical_ns: tuple[float, ...] = ()
    """Of each slice, its median sample, or its mean where iterations were timed together."""
    quiet: tuple[int, ...] = ()
    """1 where the slice lies between quiet probes."""
    end: Decision | None = None
    """Why the pair has ended; None while it goes on."""


@dataclass(slots=True)
class Channel:
    """This side's ends of the two pipes. The end of the other process is seen as the end of one."""

    inbox: int
    outbox: int
    patience_s: float
    unread: bytes = b""

    @classmethod
    def open(cls, pairing: Pairing) -> Channel:
        """Open both pipes, in the same order on both sides; sleeps until the other side comes."""
        if pairing.side is Side.BASE:
            outbox = os.open(pairing.outbox, os.O_WRONLY)
            inbox = os.open(pairing.inbox, os.O_RDONLY)
        else:
            inbox = os.open(pairing.inbox, os.O_RDONLY)
            outbox = os.open(pairing.outbox, os.O_WRONLY)
        return cls(inbox=inbox, outbox=outbox, patience_s=pairing.patience_s)

    def give(self, turn: Turn) -> None:
        """Pass the turn to the other side.

        Raises:
            WorkerDied: the other side has ended.
        """
        message = memoryview(encode(turn) + b"\n")
        try:
            while message:
                message = message[os.write(self.outbox, message) :]
        except BrokenPipeError:
            raise _gone("it ended") from None

    def take(self) -> Turn:
        """Sleep in the kernel until the other side passes the turn.

        Raises:
            WorkerDied: the other side has ended, or keeps the turn for too long.
        """
        while b"\n" not in self.unread:
            if not select.select([self.inbox], [], [], self.patience_s)[0]:
                raise _gone(f"it kept the turn for {self.patience_s:g} s")
            data = os.read(self.inbox, _READ_BYTES)
            if not data:
                raise _gone("it ended")
            self.unread += data
        line, self.unread = self.unread.split(b"\n", 1)
        return decode(line, Turn)


def _gone(how: str) -> WorkerDied:
    return WorkerDied(ReasonCode.OTHER_SIDE_ENDED, f"the other side of the pair is gone: {how}")
