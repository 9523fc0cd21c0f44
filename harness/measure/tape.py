"""What sampling has taken so far: columns that grow, and what they say of the quiet state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.core.trial import Slices
from harness.measure.probe import Reading
from harness.statistics import quiet
from harness.statistics.array import Flags
from harness.statistics.interval import Interval

_S_PER_NS: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One slice as it was taken; durations in ns."""

    start_ns: int
    duration_ns: int
    iterations: int
    skipped: int
    waited_ns: int | None
    """Time that another process had the core; None where the kernel does not say."""
    hunting: bool
    samples: list[int]
    """Empty where iterations were not timed one by one."""

    @property
    def typical_ns(self) -> float:
        """Median sample, or the mean where iterations were timed together."""
        return (
            float(np.median(self.samples)) if self.samples else self.duration_ns / self.iterations
        )

    @property
    def values(self) -> NDArray[np.float64]:
        """Samples in ns, or the one mean where iterations were timed together."""
        return np.array(self.samples, np.float64) if self.samples else np.array([self.typical_ns])


@dataclass(slots=True)
class Tape:
    """Slices between readings of the probes, in the order taken."""

    level_ns: float | None
    """The machine's quiet level; None where only this process's own probes can tell it."""
    readings: list[Reading]
    slices: list[Taken] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    typical_ns: list[float] = field(default_factory=list)
    samples: list[int] = field(default_factory=list)
    iterations: int = 0

    def add(self, taken: Taken) -> None:
        """Keep a slice; the last reading is the one before it, the next the one after."""
        self.slices.append(taken)
        self.before.append(len(self.readings) - 1)
        self.typical_ns.append(taken.typical_ns)
        self.samples += taken.samples
        self.iterations += taken.iterations

    def is_quiet_now(self) -> bool:
        """Whether the last reading of the probes is near their level."""
        last = len(self.readings) - 1
        place = np.array([last])
        return bool(self._classify(place, place)[0])

    def quiet(self) -> Flags:
        """Say of each slice whether it lies between quiet probes, undisturbed: (slices,)."""
        before = np.array(self.before, dtype=np.int64)
        waited = np.array(self._waited(), dtype=np.float64)
        durations = np.array([taken.duration_ns for taken in self.slices], dtype=np.float64)
        return self._classify(before, before + 1) & quiet.undisturbed(waited, durations)

    def quiet_interval(self) -> tuple[int, Interval | None]:
        """Return the number of quiet slices, and the interval of their median in ns."""
        flags = self.quiet()
        typical: NDArray[np.float64] = np.array(self.typical_ns)
        return int(flags.sum()), quiet.quiet_interval(typical, flags)

    def is_quiet_enough(self, quiet_slices: int) -> bool:
        """Whether so many quiet slices make a value."""
        typical_s = float(np.median([taken.duration_ns for taken in self.slices])) * _S_PER_NS
        return quiet_slices >= quiet.fewest_quiet(typical_s)

    def columns(self) -> Slices:
        """Return every slice, as columns."""
        taken = self.slices
        return Slices(
            start_ns=tuple(s.start_ns for s in taken),
            duration_ns=tuple(s.duration_ns for s in taken),
            iterations=tuple(s.iterations for s in taken),
            skipped=tuple(s.skipped for s in taken),
            before=tuple(self.before),
            after=tuple(place + 1 for place in self.before),
            waited_ns=self._waited(),
            hunting=tuple(int(s.hunting) for s in taken),
        )

    def _waited(self) -> tuple[int, ...]:
        """Return the column; empty where the kernel did not say it of every slice."""
        known = tuple(s.waited_ns for s in self.slices if s.waited_ns is not None)
        return known if len(known) == len(self.slices) else ()

    def _classify(self, before: NDArray[np.int64], after: NDArray[np.int64]) -> Flags:
        native = np.array([r.native for r in self.readings], dtype=np.float64)
        loop = np.array([r.loop for r in self.readings], dtype=np.float64)
        level = self.level_ns or quiet.native_level(native)
        if level is None:
            return np.zeros(before.shape, dtype=np.bool_)
        return quiet.classify(quiet.Probes(native, loop), before, after, level)
