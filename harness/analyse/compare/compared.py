"""The noun of a finished comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.analyse.compare.settings import Settings
from harness.core.case import Case
from harness.core.comparison import Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Whether the case that was measured twice agrees with itself."""

    proven: bool | None
    """False where it does not: then no verdict is to be believed. None where it cannot be told."""
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Every verdict, and what they rest on."""

    comparisons: tuple[Comparison, ...]
    """By case in the order of the baseline, then by metric; control cases are not among them."""
    prior: str
    """One sentence: how the spread was shared across cases."""
    control: Control
    settings: Settings
    differing: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Hard keys that were allowed to differ, with the values of baseline and candidate."""
    only_base: tuple[Case, ...] = ()
    only_candidate: tuple[Case, ...] = ()
    notes: tuple[str, ...] = ()
    """Sentences that a reader should see once."""

    @property
    def proven(self) -> bool | None:
        """False where the control case moved; None where there is none, or it cannot be told."""
        return self.control.proven

    @property
    def gated(self) -> tuple[Comparison, ...]:
        """Return the comparisons of gated metrics."""
        return tuple(one for one in self.comparisons if one.metric in self.settings.gated)
