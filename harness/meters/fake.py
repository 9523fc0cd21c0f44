"""Instruments that read what they are told; shipped, for tests and for demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from harness.core.energy import Domain
from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode


@dataclass(frozen=True, slots=True)
class FakeMeter:
    """Gives out the next reading, or the reason why there is none."""

    readings: Iterator[int] = field(default_factory=count)
    reason: Reason | None = None
    unit: str = "B"

    def availability(self) -> Reason | None:
        """Return the reason that it was made with."""
        return self.reason

    def read(self) -> int:
        """Return the next reading.

        Raises:
            Unavailable: it was made with a reason.
        """
        if self.reason is not None:
            raise Unavailable(self.reason.code, self.reason.detail, self.reason.hint)
        return next(self.readings)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeCounter:
    """A counter of energy that moves in steps, whose truth is known at every moment."""

    clock: Callable[[], int]
    """In ns; nothing but it makes the counter move."""
    energy: Callable[[int], int]
    """What was truly spent until a moment in ns, in `unit`."""
    period_ns: int = 1_000_000
    phase_ns: int = 0
    """Of the moments at which it moves."""
    modulus: int | None = None
    limit_w: float | None = None
    name: str = "package-0"
    domain: Domain = Domain.CPU_PACKAGE
    method: str = "fake"
    unit: str = "uJ"
    is_integrated: bool = False
    lag_ns: int = 0
    broken: Callable[[int], bool] = field(default=lambda _: False)
    """Whether it cannot be read at a moment."""

    def look(self) -> int:
        """Return the same as `read`."""
        return self.read()

    def read(self) -> int:
        """Return what it showed at its last step.

        Raises:
            Unavailable: it is broken just now.
        """
        now = self.clock()
        if self.broken(now):
            raise Unavailable(ReasonCode.POWERCAP_NOT_EXPOSED, f"broken at {now} ns")
        step_ns = (now - self.phase_ns) // self.period_ns * self.period_ns + self.phase_ns
        spent = self.energy(max(0, step_ns))
        return spent if self.modulus is None else spent % self.modulus
