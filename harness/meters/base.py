"""What an instrument must offer."""

from __future__ import annotations

from typing import Protocol

from harness.core.reason import Reason


class Meter(Protocol):
    """An instrument that reads one quantity of this process or of this machine."""

    @property
    def unit(self) -> str:
        """Unit of the readings, for example `B` for bytes or `uJ` for microjoules."""
        ...

    def availability(self) -> Reason | None:
        """Say why nothing can be read here, and the least that would change it; None where it can.

        Never raises, and changes nothing.
        """
        ...

    def read(self) -> int:
        """Return the reading, in `unit`, as the counter has it.

        Raises:
            Unavailable: the counter is missing, or may not be read; never a zero in its place.
        """
        ...
