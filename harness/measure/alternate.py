"""Two live processes on the same core, in turns: base, candidate, candidate, base, and so on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from harness.core.trial import Decision, StopReason, Timeline
from harness.measure.alternate_channel import Channel, Pairing, Turn
from harness.measure.sample import Sampler
from harness.measure.slices import LONG_SLICE_NS, Pace
from harness.statistics import quiet
from harness.statistics.array import Flags, Numbers

_NS: Final = 1_000_000_000
_RETURN_NS: Final = 1_000_000
"""Iterations of 1 ms in all do not count after the other side has run: it has filled the private
caches with its own network, 1 to 2 MiB at 10 GB/s make 0.2 ms, and the clock is read after them."""
_THREADS_RETURN_NS: Final = 5_000_000
"""The same where a trial has several threads: those of the other side may spin for some
milliseconds after its last iteration."""
_LONG_RETURN: Final = 20
"""An iteration this many times as long feels under 5 % of the refill, the same on both sides."""
_RECHECK: Final = 4
"""Turns between two looks at the interval; looking after each one would stop by luck."""
_FEWEST_PAIRS: Final = 4
"""A slow network gets time for this many pairs of slices, whatever the limit."""


@dataclass(slots=True)
class InTurns:
    """How one side of a pair takes its trial: prepares, settles and samples only in its turn."""

    pairing: Pairing
    transfers: bool = False
    """What is not timed in turns would be timed beside the other side."""
    channel: Channel | None = None

    def begin(self) -> None:
        """Meet the other side, and wait for the first turn.

        Raises:
            WorkerDied: the other side ended while it prepared.
        """
        self.channel = Channel.open(self.pairing)
        if not self.pairing.starts:
            self.channel.take()

    def run(self, sampler: Sampler) -> tuple[Timeline, Decision]:
        """Take slices in turns until the pair's log ratio is known well enough, or time is up."""
        assert self.channel is not None  # noqa: S101 - begin comes first
        return Alternator(sampler, self.channel, starts=self.pairing.starts).run()


@dataclass(slots=True)
class Alternator:
    """One side while both sample; the side that starts decides when they stop."""

    sampler: Sampler
    channel: Channel
    starts: bool
    other: Turn = field(default_factory=Turn)
    """What the other side said last."""
    turns: int = 0
    pace: Pace = field(default_factory=lambda: Pace(slice_ns=LONG_SLICE_NS, refill=0))

    def run(self) -> tuple[Timeline, Decision]:
        """Settle, let the other side settle, then take turns to the end of both.

        Raises:
            WorkerDied: the other side ended, or keeps the turn for too long.
        """
        self.sampler.settle()
        self.swap()
        self.pace = Pace.of(max(self.sampler.iteration_ns, self.other.iteration_ns))
        self.sampler.decision = self.lead() if self.starts else self.follow()
        return self.sampler.timeline(), self.sampler.decide()

    def lead(self) -> Decision:
        """Take one slice, then two a turn, then the last one: with the other's they make ABBA."""
        clock, sampling = self.sampler.instruments.clock, self.sampler.sampling
        start = clock()
        slice_ns = max(self.pace.slice_ns, self.sampler.iteration_ns)
        span = max(round(sampling.max_seconds * _NS), 2 * _FEWEST_PAIRS * slice_ns)
        least = start + round(sampling.min_seconds * _NS)
        self.take_slices(1)
        while True:
            self.swap()
            self.turns += 1
            decision = self.judge(clock(), least, start + span)
            if decision is not None:
                self.take_slices(1)
                self.channel.give(self.told(decision))
                return decision
            self.take_slices(2)

    def follow(self) -> Decision:
        """Take two slices a turn until the other side says that it was enough."""
        while self.other.end is None:
            self.take_slices(2)
            self.swap()
        return self.other.end

    def swap(self) -> None:
        """Pass the turn, and sleep until it comes back."""
        self.channel.give(self.told())
        self.other = self.channel.take()

    def take_slices(self, count: int) -> None:
        """Take slices in a row, each between two probes; the first refills what the other took."""
        prober = self.sampler.instruments.prober
        prober.read()
        refill = self.refill_after_return()
        for _ in range(count):
            self.sampler.take(self.pace.slice_ns, refill, hunting=False)
            prober.read()
            refill = self.pace.refill

    def refill_after_return(self) -> int:
        """Return how many iterations do not count after the other side has run."""
        one_core = len(self.sampler.instruments.cores) == 1
        needed = _RETURN_NS if one_core else _THREADS_RETURN_NS
        iteration_ns = self.sampler.iteration_ns
        return 0 if iteration_ns > _LONG_RETURN * needed else max(1, needed // iteration_ns)

    def told(self, end: Decision | None = None) -> Turn:
        """Say what this side has so far."""
        tape = self.sampler.tape
        return Turn(
            iteration_ns=self.sampler.iteration_ns,
            typical_ns=tuple(tape.typical_ns),
            quiet=tuple(int(flag) for flag in tape.quiet()) if tape.slices else (),
            end=end,
        )

    def judge(self, now: int, least: int, limit: int) -> Decision | None:
        """Decide whether the pair has seen enough; None while it has not."""
        late = now >= limit
        if now < least or (not late and self.turns % _RECHECK):
            return None
        logs, both = self.log_ratios()
        width = half_width(logs, both)
        tape, sampling = self.sampler.tape, self.sampler.sampling
        if width is not None and width <= sampling.precision:
            stopped = StopReason.PRECISE
        elif late:
            stopped = StopReason.TIME_LIMIT
        elif width is not None and len(tape.samples) >= sampling.max_samples:
            stopped = StopReason.SAMPLE_LIMIT
        else:
            return None
        return Decision(stopped=stopped, relative_half_width=width)

    def log_ratios(self) -> tuple[Numbers, Flags]:
        """Return the log ratio of each pair of neighbours, and whether both were quiet: (pairs,).

        The k-th slices of both sides follow each other, in either order.
        """
        count = min(len(self.sampler.tape.slices), len(self.other.typical_ns))
        ours = np.array(self.sampler.tape.typical_ns[:count], dtype=np.float64)
        theirs = np.array(self.other.typical_ns[:count], dtype=np.float64)
        theirs_quiet = np.array(self.other.quiet[:count], dtype=np.bool_)
        return np.log(ours / theirs), self.sampler.tape.quiet()[:count] & theirs_quiet


def half_width(logs: Numbers, chosen: Flags) -> float | None:
    """Return half of the 95 % interval of the median of the chosen log ratios; None if too few."""
    interval = quiet.quiet_interval(logs, chosen)
    if interval is None or interval.low is None or interval.high is None:
        return None
    return (interval.high - interval.low) / 2
