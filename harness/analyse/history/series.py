"""The nouns: a series of runs of one case under equal conditions, and what changed in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from harness.core.comparison import Ratio, Verdict
from harness.core.metric import Better

FEWEST: Final = 8
"""Points of a series of which anything can be said; a change needs three on either side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one run says of one case."""

    time: float
    """Seconds since 1970; of an imported series whatever its numbers mean."""
    label: str
    """The time as it was written."""
    value: float
    """Above zero, in the unit of the series."""
    low: float | None = None
    high: float | None = None
    run_id: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """Runs that are comparable: their conditions are equal, whenever they were made."""

    key: str = ""
    number: int = 1
    """Of the epochs of this case, by their first run, from 1."""
    total: int = 1
    hard_keys: Mapping[str, str] = field(default_factory=dict)
    """Of the machine."""
    conditions: Mapping[str, str] = field(default_factory=dict)
    """Hard keys, the version of the probes, and versions that are not under test."""
    differing: Mapping[str, str] = field(default_factory=dict)
    """Those of the conditions in which the epochs of this case differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One metric of one case in one epoch."""

    case: str
    """The case's slug, or the name of the file that was imported."""
    case_id: str
    metric: str
    unit: str
    """SI, without a prefix; empty where it is not known."""
    better: Better
    epoch: Epoch
    points: tuple[Point, ...]
    """In the order of time."""
    is_dated: bool = True
    """Whether times are dates."""
    left_out: int = 0
    """Values that are not above zero: they have no logarithm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A lasting change: where it happened, as an interval of runs, and how large it is."""

    place: int
    """Place in the series of the first run after it, most likely."""
    before: int
    """Place of the last run that is surely before it."""
    after: int
    """Place of the first run that is surely after it."""
    ratio: Ratio
    """Level after over level before."""
    level_before: float
    """In the unit of the series."""
    level_after: float
    verdict: Verdict | None
    """None where neither direction of the metric is better."""

    @property
    def direction(self) -> Literal["up", "down"]:
        """Whether the value rose or fell."""
        return "up" if self.ratio.value > 1 else "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A series with its changes."""

    series: Series
    changes: tuple[Change, ...]
    """In the order of time."""
    floor: float
    """Relative; smaller changes are not looked for."""

    @property
    def is_long_enough(self) -> bool:
        """Whether there are points enough to say anything; else no change proves nothing."""
        return len(self.series.points) >= FEWEST
