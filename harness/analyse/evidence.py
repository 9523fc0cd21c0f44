"""What the trials of one case left, as arrays that are built once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.core.case import Case
from harness.core.reason import Reason
from harness.core.run import QuietLevel
from harness.core.trial import Decision, Member, Timeline, Trial
from harness.statistics import quiet
from harness.statistics.order import sorted_quantile

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
Seconds = NDArray[np.float64]

SECONDS_PER_NS = 1e-9
_COLUMNS = (
    *("taken_ns", "typical_s", "durations_s", "iterations"),
    *("in_turn", "settled", "is_quiet"),
)
"""Arrays of `Readings`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerTrial:
    """One metric of one case: a number from each trial that has one, in the metric's unit."""

    values: tuple[float, ...]
    """In the order of the trials; those without a number are left out."""
    n_samples: int
    """Behind all of them."""


@dataclass(frozen=True, eq=False)
class Series:
    """Durations of one trial, all in seconds."""

    values: Seconds
    """In the order taken."""

    @classmethod
    def of(cls, values_ns: Counts) -> Series:
        """Make a series of nanoseconds."""
        return cls(values_ns.astype(np.float64) * SECONDS_PER_NS)

    @cached_property
    def ordered(self) -> Seconds:
        """The same, sorted once: every quantile of a long series needs it."""
        return np.sort(self.values)

    def quantile(self, q: float) -> float:
        """Return the sample quantile."""
        return sorted_quantile(self.ordered, q)


@dataclass(frozen=True, eq=False, kw_only=True)
class Readings:
    """One timing trial. Slices are (m,), in the order taken."""

    timeline: Timeline
    taken_ns: Counts
    """(n,) every sample, warm-up and all."""
    typical_s: Seconds
    """(m,) median sample of each slice; not a number where it has none."""
    durations_s: Seconds
    iterations: Counts
    in_turn: Flags
    """(m,) not hunted for."""
    settled: Flags
    """(m,) not warm-up."""
    is_quiet: Flags
    """(m,) between quiet probes; all false where no level is known."""

    @property
    def experienced(self) -> Flags:
        """(m,) slices that count for what was experienced."""
        return self.in_turn & self.settled

    @cached_property
    def samples(self) -> Series:
        """As experienced: neither warm-up nor from a slice that was hunted for."""
        counted = self.iterations if self.taken_ns.size else 0
        return Series.of(self.taken_ns[np.repeat(self.experienced, counted)])

    @cached_property
    def host(self) -> Series:
        """Iterations that were timed with both transfers."""
        return Series.of(np.array(self.timeline.host_ns, dtype=np.int64))

    @cached_property
    def device(self) -> Series:
        """Iterations that were timed by the device's own events."""
        return Series.of(np.array(self.timeline.device_ns, dtype=np.int64))


@dataclass(frozen=True, eq=False, kw_only=True)
class Evidence:
    """Every trial of one case that completed."""

    case: Case
    timing: tuple[Trial, ...]
    memory: tuple[Trial, ...]
    """Those that completed, and those that could not be weighed on this machine."""
    level: QuietLevel | None
    no_energy: Reason
    """Why no energy pass was run, where none was."""
    energy: tuple[Trial, ...] = ()
    """Those that completed, and those whose counters could not be read."""
    parameter_count: int | None = None
    """None where nobody knows it."""
    void: int = 0
    """Timing trials that are left out, because the GPU was held back."""

    @cached_property
    def readings(self) -> tuple[Readings, ...]:
        """Timelines of the timing trials; a trial without one is not among them.

        Where a trial has several processes, the slices of all of them follow each other.
        """
        level = None if self.level is None else self.level.native_ns
        return tuple(_together(trial, level) for trial in self.timing if trial.timeline is not None)

    @property
    def unanchored(self) -> str:
        """Note beside values of the quiet state; empty where the level is the machine's."""
        return "unanchored" if self.level is not None and not self.level.anchored else ""

    @property
    def unsteady(self) -> str:
        """Note beside timings; empty where every trial settled, and none is left out."""
        decisions = [trial.decision for trial in self.timing if trial.decision is not None]
        unsteady = sum(decision.steady is False for decision in decisions)
        said = f"not steady in {unsteady} of {len(self.timing)} trials" if unsteady else ""
        void = f"{self.void} throttled trials left out" if self.void else ""
        return "; ".join(part for part in (said, void) if part)


def read(timeline: Timeline, *, warm_up_slices: int, level_ns: float | None) -> Readings:
    """Turn the columns of one timeline into arrays, and tell its slices apart."""
    slices = timeline.slices
    iterations = np.array(slices.iterations, dtype=np.int64)
    in_turn = np.array(slices.hunting, dtype=np.int64) == 0
    settled = np.arange(iterations.size) >= warm_up_slices
    samples = np.array(timeline.samples_ns, dtype=np.int64)
    durations_ns = np.array(slices.duration_ns, dtype=np.float64)
    return Readings(
        timeline=timeline,
        taken_ns=samples,
        typical_s=_medians(samples, iterations) * SECONDS_PER_NS,
        durations_s=durations_ns * SECONDS_PER_NS,
        iterations=iterations,
        in_turn=in_turn,
        settled=settled,
        is_quiet=_classify(timeline, durations_ns, level_ns),
    )


def _together(trial: Trial, level_ns: float | None) -> Readings:
    """Read the timelines of all processes of a trial, one after another."""
    parts: tuple[Trial | Member, ...] = (trial, *trial.others)
    found = [
        read(part.timeline, warm_up_slices=_warm_up_slices(part.decision), level_ns=level_ns)
        for part in parts
        if part.timeline is not None
    ]
    if len(found) == 1:
        return found[0]
    return Readings(
        timeline=found[0].timeline,
        **{name: np.concatenate([getattr(one, name) for one in found]) for name in _COLUMNS},
    )


def _warm_up_slices(decision: Decision | None) -> int:
    return 0 if decision is None else decision.warm_up_slices


def _classify(
    timeline: Timeline, durations_ns: NDArray[np.float64], level_ns: float | None
) -> Flags:
    slices = timeline.slices
    if level_ns is None or not timeline.probes.start_ns:
        return np.zeros(durations_ns.shape, dtype=np.bool_)
    before = np.array(slices.before, dtype=np.int64)
    probes = quiet.Probes(
        native_ns=np.array(timeline.probes.native_ns, dtype=np.float64),
        loop_ns=np.array(timeline.probes.loop_ns, dtype=np.float64),
    )
    after = np.array(slices.after, dtype=np.int64)
    waited = np.array(slices.waited_ns, dtype=np.float64)
    calm = quiet.undisturbed(waited, durations_ns)
    return quiet.classify(probes, before, after, level_ns) & calm


def _medians(samples: Counts, iterations: Counts) -> Seconds:
    """Return the median of each slice's samples, in their unit; all slices by one sort.

    Where all slices are equally long, they are the rows of a table.
    """
    if samples.size == 0:
        return np.full(iterations.shape, np.nan)
    longest = int(iterations.max())
    if longest == iterations.min():
        rows = np.sort(samples.reshape(-1, longest), axis=1)
        return (rows[:, (longest - 1) // 2] + rows[:, longest // 2]) / 2
    medians = np.full(iterations.shape, np.nan)
    ordered = _sorted_within(samples, np.repeat(np.arange(iterations.size), iterations))
    filled = iterations > 0
    counts = iterations[filled]
    starts = (np.cumsum(iterations) - iterations)[filled]
    medians[filled] = (ordered[starts + (counts - 1) // 2] + ordered[starts + counts // 2]) / 2
    return medians


def _sorted_within(samples: Counts, owner: Counts) -> Counts:
    """Sort the samples of each slice, by one sort of numbers that begin with the slice's place.

    Sorting by two keys takes fifteen times as long; it is left for samples of many hours.
    """
    span = int(samples.max()) + 1
    if span * (int(owner[-1]) + 1) >= _INT64_END:
        return samples[np.lexsort((samples, owner))]
    ordered: Counts = np.sort(owner * span + samples) - owner * span
    return ordered


_INT64_END = 2**63
