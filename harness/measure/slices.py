"""The only loops that are on the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

Clock = Callable[[], int]

SLICE_NS: Final = 10_000_000
LONG_SLICE_NS: Final = 30_000_000
LONG_CALL_NS: Final = 2_000_000
"""Where one iteration takes longer than this, slices are long, so that probes stay cheap."""
REFILL_NS: Final = 200_000
MAX_REFILL: Final = 20
"""After a probe, up to 20 iterations of this many ns in all do not count: it displaced 136 KiB of
cache. A slower iteration feels less than 1 % of that."""


class Runnable(Protocol):
    """The part of a prepared model that a loop needs."""

    @property
    def asynchronous(self) -> bool:
        """Whether `run` may return before the pass has ended."""
        ...

    def run(self) -> None:
        """Do one forward pass."""
        ...

    def synchronize(self) -> None:
        """Wait until every pass that was started has ended."""
        ...


@dataclass(frozen=True, slots=True)
class Query:
    """Several passes that count as one, to the end of the last."""

    model: Runnable
    passes: int

    @property
    def asynchronous(self) -> bool:
        """Whether a pass may return before it has ended."""
        return self.model.asynchronous

    def run(self) -> None:
        """Start all passes of one query, one after another."""
        for _ in range(self.passes):
            self.model.run()

    def synchronize(self) -> None:
        """Wait until every pass that was started has ended."""
        self.model.synchronize()


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a slice is for a network of this speed, in ns and iterations."""

    slice_ns: int
    refill: int

    @classmethod
    def of(cls, iteration_ns: int) -> Pace:
        """Choose for an iteration of that duration."""
        slice_ns = LONG_SLICE_NS if iteration_ns > LONG_CALL_NS else SLICE_NS
        refill = min(MAX_REFILL, REFILL_NS // max(1, iteration_ns))
        return cls(slice_ns=slice_ns, refill=refill)


def one_pass(model: Runnable) -> Callable[[], None]:
    """Return the call that does one pass to its synchronised end, as thin as it can be."""
    if not model.asynchronous:
        return model.run
    run, synchronize = model.run, model.synchronize

    def run_to_the_end() -> None:
        run()
        synchronize()

    return run_to_the_end


def time_each(call: Callable[[], None], duration_ns: int, clock: Clock) -> list[int]:
    """Time one call after another, in ns each, until `duration_ns` has passed; at least one."""
    samples: list[int] = []
    append = samples.append
    end = clock() + duration_ns
    stop = 0
    while stop < end:
        start = clock()
        call()
        stop = clock()
        append(stop - start)
    return samples


def time_together(model: Runnable, iterations: int, clock: Clock) -> int:
    """Time that many passes back to back, to the end of the last, in ns."""
    run = model.run
    start = clock()
    for _ in range(iterations):
        run()
    model.synchronize()
    return clock() - start
