"""What was known, what is asked about, and what is said of the difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.core.case import Case
from harness.core.reason import Reason


class Verdict(StrEnum):
    """What is said of one case and metric; `slower` means that it costs more, in any unit."""

    SLOWER = "slower"
    FASTER = "faster"
    EQUIVALENT = "equivalent"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A difference between baseline and candidate, and how sure it is, before any verdict.

    Numbers are natural logarithms: their unit is the trial, or the pair of fresh processes.
    """

    case: Case
    metric: str
    log_ratio: float
    """Of candidate over baseline, in the metric's own direction."""
    variance: float
    """Squared standard deviation of one unit's logarithm."""
    degrees: float
    """Degrees of freedom of `variance`; 0 where one unit says nothing of the spread."""
    scale: float
    """The squared standard error is `variance * scale`: 1/n + 1/m of two groups, 1/n of pairs."""
    rounds: int
    """Units of the smaller side."""
    paired: bool = False
    """Whether base and candidate took turns on the same cores."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Candidate over baseline with its 95 % interval; 1 is no change."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The verdict on one case and metric."""

    case: Case
    metric: str
    verdict: Verdict
    ratio: Ratio | None
    """None where one side has no value; then there is a reason."""
    threshold: float
    """Relative change that matters: 0.02, or the case's noise floor where that is larger."""
    p_value: float | None = None
    """That the change beyond the threshold, in the direction seen, is chance; one-sided."""
    p_adjusted: float | None = None
    """The same, over all cases and metrics of the comparison (Benjamini and Hochberg)."""
    smallest_change: float | None = None
    """Relative change that these rounds would have seen in 80 % of cases."""
    rounds: int = 0
    rounds_needed: int | None = None
    """Rounds a side that would decide at the threshold; None where none would, or it is decided."""
    reason: Reason | None = None
    """Why it is inconclusive without a ratio."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseFloor:
    """What identical code shows as a difference, for one case and metric on one machine."""

    case_id: str
    metric: str
    floor: float
    """95th percentile of the relative difference between two equal runs: a bound for new ones."""
    between: float
    """Standard deviation of the log value between fresh processes."""
    within: float | None
    """Standard deviation of the log value inside one process, by its slices; None where a process
    gives one number."""
    runs: int
    """Equal runs behind it."""
    trials: int = 0
    """Of the run that has fewest: the floor is of runs of so many rounds."""
    seen: float | None = None
    """95th percentile of the relative difference over all pairs of those runs."""
    smallest_change: Mapping[int, float] = field(default_factory=dict)
    """By number of rounds, the relative change that would be seen in 80 % of cases."""
    rounds: int | None = None
    """Rounds to ask for: with them two equal runs come out as equivalent in 80 % of cases; None
    where none would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The noise of one machine, by runs of the same code."""

    made_at: str
    """ISO 8601, in UTC."""
    command: tuple[str, ...]
    hard_keys: Mapping[str, str]
    versions: Mapping[str, str]
    floors: tuple[NoiseFloor, ...]
