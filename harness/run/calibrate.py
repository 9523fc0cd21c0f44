"""A/A runs: the same plan measured several times, and nothing changed between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from harness.core.errors import UsageError
from harness.run.plan import Plan
from harness.run.session import Listener
from harness.run.start import Places, begin

FEWEST: Final = 2
"""Runs that show a difference at all."""


def equal_runs(
    plan: Plan, runs: int, command: Sequence[str], places: Places, listener: Listener
) -> Iterator[Path]:
    """Measure a plan so many times, one after another; yield the path of each run file.

    Each run is one as `run` makes it: servers, checks and the order of its cases are its own.

    Raises:
        UsageError: the plan names something that does not exist, or the runs are too few.
        StoreError: a run file cannot be written.
    """
    if runs < FEWEST:
        raise UsageError(f"--runs {runs}: {FEWEST} runs at least show a difference")
    for number in range(runs):
        listener.message(f"run {number + 1} of {runs}")
        yield begin(replace(plan, seed=plan.seed + number), command, places, listener)
