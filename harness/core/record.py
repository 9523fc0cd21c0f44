"""What all trials of one case come to: worked out on reading, never stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.core.case import Case
from harness.core.reason import Reason
from harness.core.trial import Outcome, Verification
from model_zoo.variants.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One metric of one case: an estimate over trials, or the reason why there is none."""

    metric: str
    value: float | None
    low: float | None = None
    high: float | None = None
    """The 95 % interval over trials; null with fewer than two."""
    n_trials: int = 0
    n_samples: int = 0
    reason: Reason | None = None
    """Given exactly where the value is null."""
    note: str = ""
    """What the reader should know beside the number, for example `unanchored`."""

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            raise ValueError(f"{self.metric}: a value is null exactly where it has a reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One case of one run."""

    case: Case
    parameter_count: int | None
    """None where it is not known, as of what another tool measured; never 0 for that."""
    outcome: Outcome
    values: Mapping[str, Value] = field(default_factory=dict)
    """By metric name; every metric of `METRICS` has an entry."""
    effective: Mapping[str, str] = field(default_factory=dict)
    verification: Verification | None = None
    facts: Facts | None = None
    """Of a variant: what it holds, and how near it is to the plain network."""
