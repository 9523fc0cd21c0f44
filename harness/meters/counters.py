"""Counters of energy, read side by side: what each must offer, and the book of their readings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.core.energy import Counter, Domain


class EnergyMeter(Protocol):
    """One counter that only grows, and may begin again at zero."""

    @property
    def name(self) -> str:
        """What tells it from the others of its domain."""
        ...

    @property
    def domain(self) -> Domain:
        """What it counts the energy of."""
        ...

    @property
    def method(self) -> str:
        """How it is read."""
        ...

    @property
    def unit(self) -> str:
        """`uJ` or `mJ`."""
        ...

    @property
    def modulus(self) -> int | None:
        """Where it begins again, in `unit`; None for one that never should."""
        ...

    @property
    def limit_w(self) -> float | None:
        """More power than that cannot be, in W; None where nobody says."""
        ...

    @property
    def is_integrated(self) -> bool:
        """Whether it sums up readings of power, and so must be read often."""
        ...

    @property
    def lag_ns(self) -> int:
        """How much older than its last move the moment may be that a reading is of, in ns."""
        ...

    def look(self) -> int:
        """Return what changes exactly when the counter moves.

        Raises:
            Unavailable: it cannot be read.
        """
        ...

    def read(self) -> int:
        """Return the counter, in `unit`.

        Raises:
            Unavailable: it cannot be read; never an older reading in its place.
        """
        ...


@dataclass(slots=True)
class Book:
    """Readings of several counters, one after the other at each moment."""

    meters: Sequence[EnergyMeter]
    clock: Callable[[], int]
    """Monotonic, in ns."""
    moments: list[tuple[tuple[int, int, int], ...]] = field(default_factory=list)
    """Of each moment, by counter: middle and half-width of the reading in ns, and what it read."""

    def read(self) -> int:
        """Read every counter once; return the index of this moment.

        Raises:
            Unavailable: a counter cannot be read; nothing of this moment is kept.
        """
        self.moments.append(tuple(self._one(meter) for meter in self.meters))
        return len(self.moments) - 1

    def counters(self, periods_ns: Mapping[tuple[str, str], int | None]) -> tuple[Counter, ...]:
        """Return everything that was read.

        Args:
            periods_ns: By name and method of the counter, how often it moves.
        """
        return tuple(
            Counter(
                name=meter.name,
                domain=meter.domain,
                method=meter.method,
                unit=meter.unit,
                modulus=meter.modulus,
                update_period_ns=periods_ns.get((meter.name, meter.method)),
                limit_w=meter.limit_w,
                is_integrated=meter.is_integrated,
                lag_ns=meter.lag_ns,
                at_ns=tuple(moment[place][0] for moment in self.moments),
                half_width_ns=tuple(moment[place][1] for moment in self.moments),
                values=tuple(moment[place][2] for moment in self.moments),
            )
            for place, meter in enumerate(self.meters)
        )

    def _one(self, meter: EnergyMeter) -> tuple[int, int, int]:
        before = self.clock()
        value = meter.read()
        after = self.clock()
        return (before + after) // 2, -(-(after - before) // 2), value
