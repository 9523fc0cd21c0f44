"""What equal runs say of the same cases: one logarithm a trial, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.analyse.compare.comparable import require_comparable
from harness.analyse.compare.control import is_control
from harness.analyse.compare.effects import Missing
from harness.analyse.compare.measured import Measured, in_one_state, measure
from harness.analyse.compare.rules import RULES, Kind
from harness.analyse.compare.settings import Settings
from harness.core.case import Case
from harness.core.comparison import Effect
from harness.core.errors import NotComparable, UsageError
from harness.core.reason import Reason, ReasonCode
from harness.core.run import QuietLevel, Run

FEWEST: Final = 2
"""Runs that show a difference."""
DIFFERENCE: Final = 2
"""A difference of two equal things has twice the variance of one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Same:
    """One case and metric of equal runs."""

    case: Case
    metric: str
    logs: tuple[NDArray[np.float64], ...]
    """Natural logarithms of one value a trial, by run; at least two runs."""

    @property
    def means(self) -> NDArray[np.float64]:
        """(runs,) what each run says."""
        return np.array([run.mean() for run in self.logs])

    @property
    def trials(self) -> int:
        """Of all runs."""
        return sum(run.size for run in self.logs)

    def between_runs(self) -> Effect:
        """Return the spread of what a run says."""
        return self._effect(float(self.means.var(ddof=1)), len(self.logs) - 1)

    def between_processes(self) -> Effect:
        """Return the spread of what a process says; of runs where each has one process."""
        degrees = self.trials - len(self.logs)
        if not degrees:
            return self.between_runs()
        squares = sum(float(((run - run.mean()) ** 2).sum()) for run in self.logs)
        return self._effect(squares / degrees, degrees)

    def _effect(self, variance: float, degrees: int) -> Effect:
        return Effect(
            case=self.case,
            metric=self.metric,
            log_ratio=0.0,
            variance=variance,
            degrees=degrees,
            scale=DIFFERENCE,
            rounds=1,
        )


def same_of(
    runs: Sequence[Run], settings: Settings
) -> tuple[tuple[Same, ...], tuple[Missing, ...]]:
    """Gather what at least two runs have of each case and metric whose spread decides.

    Control cases are no question of their own.

    Returns:
        What there is, and what was to be measured and is not there, with the reason.

    Raises:
        UsageError: there are fewer than two runs.
        NotComparable: a hard key or a version differs.
    """
    measured = _in_one_state(runs, settings)
    cases = {case.id: case for run in measured for case in run.cases if not is_control(case)}
    found: list[Same] = []
    missing: list[Missing] = []
    for case in cases.values():
        for metric in settings.compared:
            if RULES[metric].kind is not Kind.TESTED:
                continue
            logs = _logs((case.id, metric), measured)
            if len(logs) >= FEWEST:
                found.append(Same(case=case, metric=metric, logs=logs))
            elif reason := _reason((case.id, metric), measured):
                missing.append(Missing(case=case, metric=metric, reason=reason))
    return tuple(found), tuple(missing)


def _in_one_state(runs: Sequence[Run], settings: Settings) -> tuple[Measured, ...]:
    if len(runs) < FEWEST:
        raise UsageError(f"{len(runs)} run shows no difference; give two or more")
    by_path = {run.path: run for run in runs}
    _require_one_version(runs)

    def again(run: Measured, level: QuietLevel) -> Measured:
        return measure(by_path[run.path], settings.compared, level=level)

    measured = [measure(run, settings.compared) for run in runs]
    require_comparable(measured[:1], measured[1:], settings)
    return in_one_state(measured, again)[0]


def _require_one_version(runs: Sequence[Run]) -> None:
    first = runs[0].header.environment.versions
    for run in runs[1:]:
        versions = run.header.environment.versions
        told = ", ".join(
            f"{name} {first.get(name, 'none')} | {versions.get(name, 'none')}"
            for name in sorted({*first, *versions})
            if first.get(name) != versions.get(name)
        )
        if told:
            raise NotComparable(f"{runs[0].path} and {run.path} are no equal runs: {told}")


def _logs(key: tuple[str, str], runs: Sequence[Measured]) -> tuple[NDArray[np.float64], ...]:
    least = RULES[key[1]].least
    found = [np.array(run.values[key], dtype=np.float64) for run in runs if key in run.values]
    return tuple(np.log(np.maximum(values, least)) for values in found)


def _reason(key: tuple[str, str], runs: Sequence[Measured]) -> Reason | None:
    """Return why there are no two values; None where the metric is not of this case's scenario."""
    reasons = [run.reasons[key] for run in runs if key in run.reasons]
    if reasons:
        return reasons[0]
    if any(key in run.values for run in runs):
        return Reason(code=ReasonCode.NOT_MEASURED, detail="one run alone has it")
    return None
