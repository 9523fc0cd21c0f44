"""Measured samples for pytest-benchmark: a clock that plays them back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from harness.analyse.evidence import Readings, read
from harness.core.case import Case, Scenario
from harness.core.run import Run
from harness.core.trial import Pass, Status, Trial

Benchmark = Any
"""The fixture of pytest-benchmark, which has no types."""


class ReplayTimer:
    """A clock that reads 0 at every start, and at every end the next of the durations given.

    The difference is then exactly that duration, however long all of them took.
    """

    def __init__(self) -> None:
        """Make a clock with nothing to play."""
        self.__name__ = "scalecurve"  # pytest-benchmark writes it into its files
        self._durations_s: Iterator[float] = iter(())
        self._is_running = False

    def load(self, durations_s: Iterable[float]) -> None:
        """Play these next, in seconds."""
        self._durations_s = iter(durations_s)
        self._is_running = False

    def __call__(self) -> float:
        """Return the time in seconds."""
        self._is_running = not self._is_running
        return 0.0 if self._is_running else next(self._durations_s)


class CaseFailed(Exception):  # noqa: N818 - what happened to the case
    """Ends a row of pytest-benchmark's that has no samples."""


def play(benchmark: Benchmark, timer: ReplayTimer, durations_s: tuple[float, ...]) -> None:
    """Put samples into pytest-benchmark: one round each."""
    timer.load(durations_s)
    benchmark.pedantic(_nothing, rounds=len(durations_s), iterations=1)


def play_failure(benchmark: Benchmark, timer: ReplayTimer, reason: str) -> None:
    """Tell pytest-benchmark that there is no row, so that it does not miss one."""
    timer.load((0.0,))
    try:
        benchmark.pedantic(_raise, args=(reason,))
    except CaseFailed:
        return


def samples_s(run: Run, case: Case) -> tuple[float, ...]:
    """Return what was experienced of a case in all its trials, in seconds, in the order taken.

    Neither warm-up nor slices that were hunted for. In `offline`, where no pass is timed alone, one
    value a slice: the mean of its passes.
    """
    trials = [trial for trial in run.trials if trial.case_id == case.id and _counts(trial)]
    readings = [_readings(trial) for trial in sorted(trials, key=lambda one: one.started_at)]
    if case.scenario is Scenario.OFFLINE:
        return tuple(value for one in readings for value in _means(one))
    return tuple(value for one in readings for value in one.samples.values.tolist())


def _counts(trial: Trial) -> bool:
    is_timing = trial.kind is Pass.TIMING and trial.timeline is not None
    return is_timing and trial.outcome.status is Status.COMPLETED


def _readings(trial: Trial) -> Readings:
    assert trial.timeline is not None  # noqa: S101 - asked above
    warm_up = 0 if trial.decision is None else trial.decision.warm_up_slices
    return read(trial.timeline, warm_up_slices=warm_up, level_ns=None)


def _means(one: Readings) -> list[float]:
    chosen = one.experienced & (one.iterations > 0)
    means: list[float] = (one.durations_s[chosen] / one.iterations[chosen]).tolist()
    return means


def _nothing() -> None:
    """Stand in for the network: its passes were timed elsewhere."""


def _raise(reason: str) -> None:
    raise CaseFailed(reason)
