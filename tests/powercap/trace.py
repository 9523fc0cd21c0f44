"""Power over time that is known exactly, in whole milliwatts and nanoseconds."""

from __future__ import annotations

from dataclasses import dataclass

_UJ = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Levels of power, one after the other and then again from the first."""

    start_ns: int
    """On the monotonic clock."""
    levels: tuple[tuple[int, int], ...]
    """Each a duration in ns and a power in mW."""

    def energy_uj(self, at_ns: int) -> int:
        """Return what was spent from the start until a moment, in whole microjoules."""
        cycle_ns = sum(duration for duration, _ in self.levels)
        cycle = sum(duration * power for duration, power in self.levels)
        cycles, left = divmod(max(0, at_ns - self.start_ns), cycle_ns)
        spent = cycles * cycle
        for duration, power in self.levels:
            spent += min(left, duration) * power
            left = max(0, left - duration)
        return spent // _UJ
