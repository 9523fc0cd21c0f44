"""The server's loop on the clock: queries that come whether or not the one before has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from harness.measure.slices import Clock
from harness.measure.timer import Timer

_LATE_SHARE: Final = 0.03
_LATE_COUNT: Final = 30
"""Queries above the bound, of all that are to come, after which the rest needs no asking: three
times what the 99th percentile may leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Queries that are about to come."""

    rate: float
    """Queries a second, on average."""
    seed: int
    queries: int
    bound_ns: int
    """Latency above which a query is late."""
    start_ns: int
    """On the monotonic clock; arrivals count from there."""
    counter: str
    """File from which processes take numbers of queries in turn."""
    gives_up: bool
    """Whether to stop once so many are late that the rate cannot hold the bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one process did of an offer; columns of equal length."""

    number: tuple[int, ...]
    """Of the query, in the order of arrivals."""
    waited_ns: tuple[int, ...]
    """From the intended arrival to the beginning of the pass."""
    served_ns: tuple[int, ...]
    margin_ns: int
    asleep_ns: int
    spun_ns: int


def most_late(queries: int) -> int:
    """Return how many late queries, of so many that are to come, settle that a rate is too high."""
    return max(_LATE_COUNT, round(_LATE_SHARE * queries))


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What serves queries, and with which clock; real or not."""

    call: Callable[[], object]
    """Does one pass to its end."""
    clock: Clock
    timer: Timer

    def answer(self, offer: Offer, arrivals_ns: Sequence[int], numbers: Iterable[int]) -> Answered:
        """Serve the queries of these numbers, first come, first served, none before it is due.

        A query that comes while another one runs waits, and its wait counts: latency is from the
        intended arrival, so a slow pass delays all behind it in the figures as it does in life.

        Source: MLCommons, MLPerf Inference Rules, 'LoadGen Operation': latency counts from when a
        query was scheduled.
        """
        call, clock, until = self.call, self.clock, self.timer.until
        asleep, spun = self.timer.asleep_ns, self.timer.spun_ns
        left = most_late(offer.queries) if offer.gives_up else offer.queries
        taken: list[int] = []
        waited: list[int] = []
        served: list[int] = []
        for number in numbers:
            due = offer.start_ns + arrivals_ns[number]
            begun = clock()
            if begun < due:
                begun = until(due)
            call()
            ended = clock()
            taken.append(number)
            waited.append(begun - due)
            served.append(ended - begun)
            if ended - due > offer.bound_ns:
                left -= 1
                if left < 0:
                    break
        return Answered(
            number=tuple(taken),
            waited_ns=tuple(waited),
            served_ns=tuple(served),
            margin_ns=self.timer.margin_ns,
            asleep_ns=self.timer.asleep_ns - asleep,
            spun_ns=self.timer.spun_ns - spun,
        )
