"""A sensor that moves in steps and looks part of the time, in time that nobody has to wait for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Bursts of work: power `high_w` for a share of each period, and `low_w` for the rest."""

    period_ns: int
    duty: float = 1.0
    high_w: float = 200.0
    low_w: float = 60.0
    phase_ns: int = 0

    def energy_j(self, at_ns: float) -> float:
        """Return what was truly spent until a moment, in J; by a closed form."""
        return self._until(at_ns + self.phase_ns) - self._until(self.phase_ns)

    def _until(self, at_ns: float) -> float:
        periods = math.floor(at_ns / self.period_ns)
        left = at_ns - periods * self.period_ns
        on = self.duty * self.period_ns
        busy = periods * on + min(left, on)
        return (busy * self.high_w + (at_ns - busy) * self.low_w) / _NS


@dataclass(slots=True, kw_only=True)
class Sensor:
    """Adds up, once a period, what it saw in the last part of that period.

    Source: Yang, Adamek, Armour, Part-time Power Measurements: nvidia-smi's Lack of Attention
    (2023): boards that average over 25 of every 100 ms.
    """

    load: Load
    period_ns: int
    seen_ns: int
    """Length of the part that it sees; the whole period for a sensor that misses nothing."""
    added: list[float] = field(default_factory=lambda: [0.0])
    """After each step, in J."""

    def energy_uj(self, at_ns: int) -> int:
        """Return what it has added up at a moment that is one of its steps, in microjoules.

        Args:
            at_ns: Counted from the first step.
        """
        if self.seen_ns == self.period_ns:
            return round(1e6 * self.load.energy_j(at_ns))
        steps = at_ns // self.period_ns
        while len(self.added) <= steps:
            self.added.append(self.added[-1] + self._seen(len(self.added) - 1))
        return round(1e6 * self.added[steps])

    def _seen(self, step: int) -> float:
        end = (step + 1) * self.period_ns
        seen = self.load.energy_j(end) - self.load.energy_j(end - self.seen_ns)
        return seen * self.period_ns / self.seen_ns


def constant(power_w: float) -> Callable[[int], int]:
    """Return what a steady power has spent until a moment in ns, in whole microjoules."""
    milliwatts = round(power_w * 1_000)
    return lambda at_ns: at_ns * milliwatts // 1_000_000
