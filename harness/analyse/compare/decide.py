"""From effects to verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.analyse.compare.effects import Missing
from harness.analyse.compare.settings import Settings
from harness.core.comparison import Comparison, Effect, NoiseFloor

Floors = Mapping[tuple[str, str], NoiseFloor]
"""By case id and metric, what identical code shows as a difference on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Verdicts in the order of the effects."""

    comparisons: tuple[Comparison, ...]
    prior: str
    """One sentence: how the spread was shared across cases."""


def decide(found: Sequence[Effect | Missing], floors: Floors, settings: Settings) -> Decided:
    """Give every effect its verdict."""
    raise NotImplementedError
