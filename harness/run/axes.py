"""Axes of a plan that say how a case uses the machine: splits of its cores, and loads."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.core.case import Case, Scenario
from harness.core.errors import UsageError
from harness.measure.cores import allowed_cores
from harness.run.plan import Plan

ALL: Final = "all"
_SPLIT: Final = re.compile(r"(\d+)x(\d+)")


class Split(NamedTuple):
    """Processes at the same time, and the threads of each."""

    processes: int
    threads: int


class Load(NamedTuple):
    """How queries come: the scenario, and of `server` the rate in 1/s and the bound in s."""

    scenario: Scenario
    rate: float = 0.0
    bound: float = 0.0


def splits(plan: Plan, cores: int | None = None) -> tuple[Split, ...]:
    """Return the splits that a plan names, each once; `threads` alone means one process.

    Args:
        plan: What was asked for.
        cores: That `all` is about; those of this process where None.

    Raises:
        UsageError: a split is not of the form `2x1`.
    """
    if not plan.split:
        return tuple(Split(1, threads) for threads in plan.threads)
    here = cores or len(allowed_cores()) or os.cpu_count() or 1
    return tuple(dict.fromkeys(split for text in plan.split for split in _splits(text, here)))


def _splits(text: str, cores: int) -> Iterator[Split]:
    """Read one split; `all` are those that use every core, and one process of each size alone.

    A process alone is what scaling is counted from.
    """
    if text == ALL:
        sizes = [threads for threads in range(1, cores + 1) if cores % threads == 0]
        yield from (Split(1, threads) for threads in sizes)
        yield from (Split(cores // threads, threads) for threads in sizes)
        return
    found = _SPLIT.fullmatch(text)
    if not found or "0" in found.groups():
        raise UsageError(f"split: {text!r} is neither {ALL!r} nor processes x threads, as 2x1 is")
    yield Split(int(found[1]), int(found[2]))


def loads(plan: Plan, scenario: Scenario) -> Iterator[Load]:
    """Yield how queries come in a scenario: `server` has every rate and bound of the plan.

    Raises:
        UsageError: a rate or bound is below zero.
    """
    if scenario is not Scenario.SERVER:
        yield Load(scenario)
        return
    for rate in plan.rate:
        for bound in plan.bound:
            if not (rate >= 0 and bound >= 0):
                raise UsageError(f"rate {rate:g} and bound {bound:g} are not both from 0 on")
            yield Load(scenario, float(rate), float(bound))


def cores_of(case: Case) -> int:
    """Return the cores that a case is pinned to: as many as any of its threads run at once."""
    across = case.target.option("inter_op_threads", "1")
    widest = max(case.target.threads, int(across) if across.isdecimal() else 1)
    return case.processes * widest


def with_inter_op(
    options: tuple[tuple[str, str], ...], threads: int
) -> tuple[tuple[str, str], ...]:
    """Add threads across operators to a target's options; one thread is what there is without."""
    if threads == 1:
        return options
    return tuple(sorted({**dict(options), "inter_op_threads": str(threads)}.items()))
