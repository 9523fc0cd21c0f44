"""Made-up effects and runs of two sides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness.analyse.compare.effects import effect_of
from harness.core.case import Case
from harness.core.comparison import Comparison, Effect
from harness.core.run import QuietLevel, Run
from harness.store.fake import NATIVE_NS, FakeMachine, fake_case, fake_header, fake_memory_trial

QUIET = FakeMachine(slow_share=0.0)
ANCHORED = QuietLevel(native_ns=NATIVE_NS, probe_version=1, anchored=True)


def cases(count: int) -> tuple[Case, ...]:
    return tuple(fake_case(100 * (number + 1)) for number in range(count))


def effect(
    change: float,
    spread: float = 0.01,
    rounds: int = 5,
    case: Case | None = None,
    metric: str = "latency_quiet",
) -> Effect:
    """An effect of exactly this relative change and this standard deviation of a trial."""
    shape = np.linspace(-1, 1, rounds)
    shape *= spread / shape.std(ddof=1)
    return effect_of(case or fake_case(), metric, [shape], [shape + math.log1p(change)])


def effects(changes: Sequence[float], spread: float = 0.01, rounds: int = 5) -> list[Effect]:
    """One effect a change, of as many cases; their spreads differ a little."""
    pairs = zip(changes, cases(len(changes)), strict=True)
    return [
        effect(change, spread * (1 + 0.1 * (place % 5)), rounds, case)
        for place, (change, case) in enumerate(pairs)
    ]


def run_of(
    chosen: Sequence[Case],
    machine: FakeMachine = QUIET,
    *,
    first: int = 0,
    rounds: int = 5,
    path: str = "run.jsonl",
    memory: int = 0,
) -> Run:
    """A run whose trials are those of the rounds from `first` on: other rounds, other trials."""
    trials = [machine.trial(case, first + number) for number in range(rounds) for case in chosen]
    trials += [
        fake_memory_trial(case, first + number) for number in range(memory) for case in chosen
    ]
    header = replace(fake_header(tuple(chosen), rounds), level=ANCHORED)
    return Run(path=path, header=header, trials=tuple(trials))


def with_keys(run: Run, **keys: str) -> Run:
    environment = replace(run.header.environment, hard_keys=keys)
    return replace(run, header=replace(run.header, environment=environment))


def with_level(run: Run, **changes: object) -> Run:
    level = replace(run.header.level or ANCHORED, **changes)  # type: ignore[arg-type]
    return replace(run, header=replace(run.header, level=level))


def only(comparisons: Sequence[Comparison]) -> Comparison:
    (one,) = comparisons
    return one
