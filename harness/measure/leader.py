"""What the leader of a case's processes knows of each, and how it speaks to all of them."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from harness.core.errors import WorkerDied
from harness.core.reason import ReasonCode
from harness.core.trial import Trial
from harness.measure.member import Line, Order, Ready, Word, gone
from harness.measure.server import Answered, Offer


@dataclass(slots=True)
class Process:
    """One process of the case, as its leader sees it."""

    pid: int
    line: Line
    trial: Trial | None = None
    """What it left, once it has said so."""

    def hear(self) -> Word:
        """Sleep until it says something that is not its end.

        Raises:
            WorkerDied: it has ended.
        """
        word = self.line.hear(Word)
        if word.trial is not None:
            self.trial = word.trial
            raise gone()
        return word

    def last(self) -> Trial | None:
        """Wait for what it left; None where it ended without."""
        with suppress(WorkerDied):
            while self.trial is None:
                self.trial = self.line.hear(Word).trial
        return self.trial


@dataclass(frozen=True, slots=True)
class Crew:
    """All processes of one case."""

    processes: Sequence[Process]

    def ready(self) -> list[Ready]:
        """Wait until every process is ready.

        Raises:
            WorkerDied: one has ended.
        """
        found = [process.hear().ready for process in self.processes]
        return [ready for ready in found if ready is not None]

    def tell(self, order: Order) -> None:
        """Say the same to all.

        Raises:
            WorkerDied: one has ended.
        """
        for process in self.processes:
            process.line.say(order)

    def offer(self, offer: Offer) -> list[Answered]:
        """Have queries answered, and wait for the end of the last.

        Raises:
            WorkerDied: a process has ended.
        """
        self.tell(Order(offer=offer))
        found = [process.hear().answered for process in self.processes]
        answered = [one for one in found if one is not None]
        if len(answered) < len(found):
            raise WorkerDied(ReasonCode.WORKER_ERROR, "a process answered what was not asked")
        return answered

    def let_go(self) -> None:
        """Tell all that nothing more comes; what they left can still be heard."""
        for process in self.processes:
            with suppress(OSError):
                process.line.ours.shutdown(socket.SHUT_WR)
