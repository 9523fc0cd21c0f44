"""Slices and probes in turn until the quiet median is known well enough, or time is up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter_ns, sleep
from typing import Final

import numpy as np

from harness.core.task import Sampling
from harness.core.trial import Decision, StopReason, Timeline
from harness.measure.cores import pin
from harness.measure.delay import run_delay
from harness.measure.probe import Prober
from harness.measure.slices import Clock, Pace, Runnable, one_pass, time_each, time_together
from harness.measure.tape import Taken, Tape
from harness.statistics.quiet import FEWEST_LONG_SLICES, fewest_quiet
from harness.statistics.spikes import spike_bound
from harness.statistics.warmup import mser5

_NS: Final = 1_000_000_000
_SETTLE_NS: Final = 20_000_000
"""Iterations before the first slice, 20 ms of them and at least one: whoever verified the outputs
has run the network twice already."""
_SPARE: Final = 4
"""Slices below a tenth of a second that a network gets time for, whatever the limit, besides those
that make a value: some are warm-up, some not quiet."""
_RECHECK: Final = 8
"""Slices between two looks at the interval; looking after each one would stop by luck."""
_WAIT_S: Final = 0.004
_CLIP: Final = 1.05
"""Of the median: values are not clipped below it, else a network that never varies would have no
warm-up."""
_FEWEST_FOR_STEADY: Final = 25
"""MSER-5 needs five batches of five."""
_REFILL_AFTER_MOVE_NS: Final = 3_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruments:
    """What a trial is taken with; tests pass their own."""

    prober: Prober
    clock: Clock = perf_counter_ns
    wait: Callable[[float], None] = sleep
    pin: Callable[[tuple[int, ...]], None] = pin
    waited: Callable[[], int] | None = field(default_factory=run_delay)
    """Time that another process had the core so far, in ns; None where it is not known."""
    cores: tuple[int, ...] = ()
    """The core of a one-thread trial first, then those that it may move to."""


@dataclass(slots=True)
class Sampler:
    """One trial: owns the tape, decides when to hunt and when to stop."""

    model: Runnable
    instruments: Instruments
    sampling: Sampling
    tape: Tape
    together: bool
    """Time the iterations of a slice as one, for throughput; else each by itself."""
    iteration_ns: int = 0
    core: int = 0
    checked_at: int = 0
    decision: Decision = field(default_factory=lambda: Decision(stopped=StopReason.TIME_LIMIT))

    def run(self) -> tuple[Timeline, Decision]:
        """Settle, sample, stop; return what was taken and why it ended."""
        self.settle()
        clock, prober = self.instruments.clock, self.instruments.prober
        pace = Pace.of(self.iteration_ns)
        start = clock()
        least = start + round(self.sampling.min_seconds * _NS)
        longest = round(self.sampling.max_seconds * _NS)
        limit = start + max(longest, _least_time(pace.slice_ns, self.iteration_ns))
        prober.read()
        while True:
            hunting = bool(self.tape.slices) and clock() >= least
            moved = False
            if hunting and not self.tape.is_quiet_now():
                found, moved = self.seek_quiet(limit)
                if not found:
                    self.is_enough(limit, least, limit)
                    break
            refill = self._refill_after_move() if moved else pace.refill
            self.take(pace.slice_ns, refill, hunting=hunting)
            prober.read()
            if self.is_enough(clock(), least, limit):
                break
        return self.timeline(), self.decide()

    def run_between(self, begin_ns: int, end_ns: int) -> tuple[Timeline, Decision]:
        """Sample in a window that other processes sample in as well, whatever the machine's state.

        No slice is begun that would outlast the window: in every slice all processes are at work.

        Args:
            begin_ns: On the sampler's clock.
            end_ns: As well; one slice is taken even where there is no room for it.
        """
        clock, prober = self.instruments.clock, self.instruments.prober
        pace = Pace.of(self.iteration_ns)
        self.instruments.wait(max(0, begin_ns - clock()) / _NS)
        prober.read()
        while True:
            self.take(pace.slice_ns, pace.refill, hunting=False)
            prober.read()
            if clock() + self.tape.slices[-1].duration_ns > end_ns:
                break
        self.is_enough(end_ns, end_ns, end_ns)
        return self.timeline(), self.decide()

    def settle(self) -> None:
        """Run for 20 ms, at least once, and learn how long an iteration takes."""
        clock, call = self.instruments.clock, one_pass(self.model)
        durations = time_each(call, _SETTLE_NS, clock)
        self.iteration_ns = max(1, int(np.median(durations)))

    def take(self, slice_ns: int, refill: int, *, hunting: bool) -> None:
        """Take one slice, after iterations that refill the caches and do not count."""
        clock, call = self.instruments.clock, one_pass(self.model)
        for _ in range(refill):
            call()
        waited = self.waited()
        start = clock()
        if self.together:
            iterations = max(1, slice_ns // self.iteration_ns)
            duration, samples = time_together(self.model, iterations, clock), []
        else:
            samples = time_each(call, slice_ns, clock)
            duration, iterations = clock() - start, len(samples)
        self.tape.add(
            Taken(
                start_ns=start,
                duration_ns=duration,
                iterations=iterations,
                skipped=refill,
                waited_ns=_difference(self.waited(), waited),
                hunting=hunting,
                samples=samples,
            )
        )

    def waited(self) -> int | None:
        """Return how long another process had the core so far, in ns; None where not known."""
        read = self.instruments.waited
        return None if read is None else read()

    def seek_quiet(self, limit: int) -> tuple[bool, bool]:
        """Wait, or move to another core, until the probes are quiet: (found, moved)."""
        cores, began = self.instruments.cores, self.core
        while self.instruments.clock() < limit:
            if len(cores) > 1:
                self.core = (self.core + 1) % len(cores)
                self.instruments.pin((cores[self.core],))
            if self.core == began:
                self.instruments.wait(_WAIT_S)
            self.instruments.prober.read()
            if self.tape.is_quiet_now():
                return True, self.core != began
        return False, self.core != began

    def is_enough(self, now: int, least: int, limit: int) -> bool:
        """Decide whether to stop after this slice, and remember why."""
        if now < least:
            return False
        fast = len(self.tape.samples) >= self.sampling.max_samples
        late = now >= limit
        if not late and len(self.tape.slices) < self.checked_at + _RECHECK and self.checked_at:
            return False
        self.checked_at = len(self.tape.slices)
        quiet_slices, interval = self.tape.quiet_interval()
        width = interval.relative_half_width if interval else None
        enough = self.tape.is_quiet_enough(quiet_slices)
        if enough and width is not None and width <= self.sampling.precision:
            stopped = StopReason.PRECISE
        elif late:
            stopped = StopReason.TIME_LIMIT
        elif fast and enough:
            stopped = StopReason.SAMPLE_LIMIT
        else:
            return False
        self.decision = Decision(stopped=stopped, relative_half_width=width)
        return True

    def _refill_after_move(self) -> int:
        return max(1, _REFILL_AFTER_MOVE_NS // self.iteration_ns)

    def timeline(self) -> Timeline:
        """Return everything that was taken."""
        return Timeline(
            samples_ns=tuple(self.tape.samples),
            slices=self.tape.columns(),
            probes=self.instruments.prober.columns(),
        )

    def decide(self) -> Decision:
        """Add the warm-up to the decision: MSER-5 over quiet slices, else over all of them.

        Spikes are clipped for this search and nowhere else: one of 7 times the median late in a
        flat series would otherwise make it look unsettled.
        """
        flags = self.tape.quiet()
        if not self.tape.is_quiet_enough(int(flags.sum())):
            flags = np.ones_like(flags)
        kept = np.flatnonzero(flags)
        counts = [max(1, len(self.tape.slices[i].samples)) for i in kept]
        values = np.concatenate([self.tape.slices[place].values for place in kept])
        clip = max(spike_bound(values), float(np.median(values)) * _CLIP)
        warm_up = mser5(np.minimum(values, clip))
        cut = int(np.searchsorted(np.cumsum(counts), warm_up.cut, side="right"))
        first = int(kept[cut]) if 0 < cut < len(kept) else 0
        return Decision(
            stopped=self.decision.stopped,
            relative_half_width=self.decision.relative_half_width,
            warm_up_slices=first,
            steady=warm_up.steady if values.size >= _FEWEST_FOR_STEADY else None,
        )


def _least_time(slice_ns: int, iteration_ns: int) -> int:
    """Return how long the slices take that a slow network needs for a value, in ns."""
    duration = -(-slice_ns // iteration_ns) * iteration_ns
    fewest = fewest_quiet(duration / _NS)
    return duration * (fewest + (_SPARE if fewest > FEWEST_LONG_SLICES else 0))


def _difference(after: int | None, before: int | None) -> int | None:
    return None if after is None or before is None else after - before
