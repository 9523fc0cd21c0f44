"""The nouns of this package: what a row is given, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One figure against its bound."""

    name: str
    figure: str
    """With its unit; where one row has many figures, the worst or their range."""
    bound: str
    met: bool
    detail: str
    """Lines that let a reader judge the figure: every pair, every part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How thoroughly, and where."""

    cache: Path
    """Exported networks, shared by all rows but those that start from nothing."""
    folder: Path
    """For everything else that rows write; gone afterwards."""
    divisor: int = 1
    """Repetitions and durations are divided by it, for a quick look."""

    def times(self, count: int, *, least: int = 1) -> int:
        """Return how often to repeat what the full row repeats `count` times."""
        return max(least, count // self.divisor)

    def seconds(self, full: float) -> float:
        """Return how long to look where the full row looks `full` seconds."""
        return full / self.divisor

    def room(self, name: str) -> Path:
        """Return an empty folder of that name, or the one that is there already."""
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        return path


Measure = Callable[[Setting], Row]
"""What measures one row."""


@dataclass(frozen=True, slots=True)
class Bound:
    """An interval that a figure should lie in; an end that is infinite is no bound."""

    low: float
    high: float

    def holds(self, figure: float | None) -> bool:
        """Whether there is a figure, and it lies within."""
        return figure is not None and self.low <= figure <= self.high

    def __str__(self) -> str:
        if self.low == float("-inf"):
            return f"at most {self.high:g}"
        return f"{self.low:g} to {self.high:g}"


def under(limit: float) -> Bound:
    """Return the bound of a figure that only must not be too large."""
    return Bound(float("-inf"), limit)
