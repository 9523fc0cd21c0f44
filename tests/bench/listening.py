"""The controller's progress display on a terminal that nobody sees, with a hook at each step."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.report.progress import Display


class Terminal(io.StringIO):
    """A stream that claims to be a terminal, so that the display draws its bar."""

    def isatty(self) -> bool:
        """Claim to be one."""
        return True


@dataclass(slots=True)
class Hooked:
    """Draws as a run on a terminal does, then calls back."""

    at_step: Callable[[str], None]
    display: Display = field(default_factory=lambda: Display(Terminal()))

    def expect(self, total: int) -> None:
        """Show of how many trials the run consists."""
        self.display.expect(total)

    def step(self, label: str, done: int, seconds_left: float | None) -> None:
        """Draw, and call back with the label of what comes next."""
        self.display.step(label, done, seconds_left)
        self.at_step(label)

    def message(self, text: str) -> None:
        """Draw a line that stays."""
        self.display.message(text)

    def close(self) -> None:
        """Leave the terminal as it stands."""
        self.display.close()
