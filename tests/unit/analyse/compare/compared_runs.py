"""Two runs of a dozen cases on a made-up machine, and what is asked of their comparison."""

from __future__ import annotations

from dataclasses import replace

from harness.analyse.compare.settings import Settings
from harness.core.comparison import Comparison, Verdict
from harness.core.run import Run
from harness.store.fake import FakeMachine
from tests.unit.analyse.compare.effects_made import (
    QUIET,
    cases,
    run_of,
)

TIMES = Settings(watched=())


CASES = cases(12)


SLOWER = replace(QUIET, latency_ns=round(QUIET.latency_ns * 1.05))


def pair(candidate: FakeMachine = QUIET) -> tuple[list[Run], list[Run]]:
    base = run_of(CASES, path="base.jsonl")
    return [base], [run_of(CASES, candidate, first=50, path="candidate.jsonl")]


def verdicts(comparisons: tuple[Comparison, ...]) -> set[Verdict]:
    return {one.verdict for one in comparisons}
