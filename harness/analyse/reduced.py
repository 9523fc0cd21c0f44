"""One run without its samples: all that a gate asks of it, so that two long runs need no memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.analyse.compare.measured import Measured, measure
from harness.analyse.compare.settings import Settings
from harness.analyse.records import outcome_by_case
from harness.core.run import Run, RunHeader
from harness.core.trial import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduced:
    """One run, as the values of its trials and how its cases ended."""

    path: str
    header: RunHeader
    is_ended: bool
    measured: Measured
    outcomes: Mapping[str, Outcome]
    """By case id."""


def reduced(run: Run, settings: Settings) -> Reduced:
    """Keep what is compared of a run, and nothing else."""
    return Reduced(
        path=run.path,
        header=run.header,
        is_ended=run.end is not None,
        measured=measure(run, settings.compared),
        outcomes=outcome_by_case(run),
    )
