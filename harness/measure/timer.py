"""Waiting until a moment: asleep for most of it, and neither late nor busy for long."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns, sleep
from typing import Final, Protocol

from harness.backends.fake import FakeClock
from harness.measure.slices import Clock

_NS: Final = 1e-9
_TRIES: Final = 40
_TRY_S: Final = 0.0005
_TRUSTED: Final = 0.9
"""Share of the sleeps tried that the margin covers; the rest of them begin late, and are seen."""
_MOST_MARGIN_NS: Final = 500_000
_PR_SET_TIMERSLACK: Final = 29


class Timer(Protocol):
    """Something that waits until a moment comes."""

    margin_ns: int
    asleep_ns: int
    spun_ns: int

    def until(self, moment_ns: int) -> int:
        """Return at that moment or just after it; return the time then."""
        ...


@dataclass(slots=True)
class SleepTimer:
    """Sleeps until shortly before the moment, then looks at the clock until it comes.

    Sleeping alone is late by what the kernel takes to wake a process: 75 to 115 microseconds on a
    2-core virtual machine, 19 to 60 with the kernel's slack set to its least. Looking at the clock
    alone keeps the core hot, and spends the time of a control group that is limited.
    """

    margin_ns: int
    clock: Clock = perf_counter_ns
    sleep: Callable[[float], None] = sleep
    asleep_ns: int = 0
    spun_ns: int = 0

    @classmethod
    def tried(
        cls, clock: Clock = perf_counter_ns, sleep: Callable[[float], None] = sleep
    ) -> SleepTimer:
        """Find out how late this platform's sleep is, and keep that much of a margin."""
        late = []
        for _ in range(_TRIES):
            start = clock()
            sleep(_TRY_S)
            late.append(clock() - start - round(_TRY_S / _NS))
        margin = sorted(late)[round(_TRUSTED * _TRIES) - 1]
        return cls(margin_ns=min(max(0, margin), _MOST_MARGIN_NS), clock=clock, sleep=sleep)

    def until(self, moment_ns: int) -> int:
        """Return at that moment or just after it; return the time then."""
        clock = self.clock
        began = now = clock()
        left = moment_ns - self.margin_ns - began
        if left > 0:
            self.sleep(left * _NS)
            now = clock()
            self.asleep_ns += now - began
        awake = now
        while now < moment_ns:
            now = clock()
        self.spun_ns += now - awake
        return now


@dataclass(slots=True)
class VirtualTimer:
    """Waits on a clock that passes only when someone says so."""

    clock: FakeClock
    margin_ns: int = 0
    asleep_ns: int = 0
    spun_ns: int = 0

    def until(self, moment_ns: int) -> int:
        """Let the time pass until that moment."""
        left = max(0, moment_ns - self.clock.now_ns)
        self.clock.now_ns += left
        self.asleep_ns += left
        return self.clock.now_ns


def least_slack() -> None:
    """Have the kernel wake the calling thread as near to the moment asked for as it can.

    Source: prctl(2), PR_SET_TIMERSLACK; threads that are there already keep their own.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
