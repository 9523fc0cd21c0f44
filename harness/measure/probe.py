"""Fixed pieces of work whose duration tells the machine's state, not the network's cost."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.core.trial import Probes
from harness.measure.cores import current_core

PROBE_VERSION: Final = 1
"""Raised with every change of the native probe: levels of different versions differ."""

_BLOCK: Final = bytes(range(256)) * 32
"""8 KiB: lives in the first-level cache, so that the level does not depend on what ran before.
A block of 128 KiB read up to 10 % slower after a network that had filled the caches."""
_REPEATS: Final = 8
_LOOP: Final = 1_000
_BLOCKS: Final = 3
"""Each probe is its fastest of three blocks: the first one still pays for what the network left in
caches and branch predictors, 4 to 7 % more after a large network than after a small one, and a slow
episode lasts a thousand times longer than all three."""
_LINES: Final = 2_048
_WORDS_PER_LINE: Final = 8
_BUFFER_BYTES: Final = 32 << 20


def scattered_lines() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Make a buffer of 32 MiB and the places of 2,048 cache lines in it.

    Only those lines are ever touched: they need 128 KiB of cache.
    """
    buffer = np.empty(_BUFFER_BYTES // 8, dtype=np.int64)
    lines = np.random.default_rng(0).permutation(buffer.size // _WORDS_PER_LINE)[:_LINES]
    places = (lines * _WORDS_PER_LINE).astype(np.int64)
    buffer[places] = 1
    return buffer, places


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of all probes, in ns."""

    start: int
    core: int
    native: int
    loop: int
    cache: int


@dataclass(slots=True)
class Prober:
    """Takes readings and keeps them in the order taken."""

    lines: tuple[NDArray[np.int64], NDArray[np.int64]] = field(default_factory=scattered_lines)
    clock: Callable[[], int] = perf_counter_ns
    readings: list[Reading] = field(default_factory=list)

    def read(self) -> Reading:
        """Take one reading of each probe: about 0.15 ms in all."""
        start, core = self.clock(), current_core()
        cache, loop = self._cache(), min(self._loop() for _ in range(_BLOCKS))
        native = min(self._native() for _ in range(_BLOCKS))
        reading = Reading(start=start, core=core, native=native, loop=loop, cache=cache)
        self.readings.append(reading)
        return reading

    def columns(self) -> Probes:
        """Return everything that was read."""
        return Probes(
            start_ns=tuple(r.start for r in self.readings),
            core=tuple(r.core for r in self.readings),
            native_ns=tuple(r.native for r in self.readings),
            loop_ns=tuple(r.loop for r in self.readings),
            cache_ns=tuple(r.cache for r in self.readings),
        )

    def _native(self) -> int:
        checksum = zlib.crc32
        start = self.clock()
        for _ in range(_REPEATS):
            checksum(_BLOCK)
        return self.clock() - start

    def _loop(self) -> int:
        start = self.clock()
        total = 0
        for number in range(_LOOP):
            total += number
        return self.clock() - start

    def _cache(self) -> int:
        buffer, places = self.lines
        start = self.clock()
        buffer[places].sum()
        return self.clock() - start
