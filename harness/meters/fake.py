"""An instrument that reads what it is told; shipped, for tests and for demonstrations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from harness.core.errors import Unavailable
from harness.core.reason import Reason


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
