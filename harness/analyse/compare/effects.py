"""From the trials of two sides to one effect a case and metric, before any verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.analyse.compare.settings import Settings
from harness.core.case import Case
from harness.core.comparison import Effect
from harness.core.reason import Reason
from harness.core.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A case and metric that cannot be compared, and why."""

    case: Case
    metric: str
    reason: Reason


def effects(
    base: Sequence[Run], candidate: Sequence[Run], settings: Settings
) -> tuple[Effect | Missing, ...]:
    """Hold every case that both sides have against itself, metric by metric."""
    raise NotImplementedError
