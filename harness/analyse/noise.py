"""What equal runs show as a difference: the noise floor of each case and metric, from A/A runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.analyse.compare.comparable import require_comparable
from harness.analyse.compare.control import is_control
from harness.analyse.compare.decide import threshold_of
from harness.analyse.compare.foresight import Design, Test, rounds_needed, smallest_change
from harness.analyse.compare.measured import Measured, in_one_state, measure
from harness.analyse.compare.rules import RULES, Kind
from harness.analyse.compare.settings import Settings
from harness.analyse.compare.spread import Known, spread_of
from harness.analyse.records import evidence_by_case
from harness.analyse.within import within_processes
from harness.core.case import Case
from harness.core.comparison import Effect, NoiseFloor
from harness.core.errors import NotComparable, UsageError
from harness.core.run import QuietLevel, Run
from harness.statistics.student import student_t_quantile

ROUNDS: Final = (3, 5, 8)
"""For which the smallest visible change is said."""

_SHARE: Final = 0.95
_FEWEST: Final = 2
_DIFFERENCE: Final = 2
"""A difference of two equal things has twice the variance of one."""

Logs = tuple[NDArray[np.float64], ...]
"""Natural logarithms of one value a trial, by run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Same:
    """One case and metric of equal runs."""

    case: Case
    metric: str
    logs: Logs

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
        degrees = len(self.logs) - 1
        return _effect(self, float(self.means.var(ddof=1)), degrees)

    def between_processes(self) -> Effect:
        """Return the spread of what a process says; of runs where each has one process."""
        degrees = self.trials - len(self.logs)
        if not degrees:
            return self.between_runs()
        squares = sum(float(((run - run.mean()) ** 2).sum()) for run in self.logs)
        return _effect(self, squares / degrees, degrees)


def noise_floors(runs: Sequence[Run], settings: Settings | None = None) -> tuple[NoiseFloor, ...]:
    """Work out the floor of every case and metric that at least two of the runs have.

    The floor is the 95 % prediction bound of the difference of two more runs, from the spread of
    what the runs say; from ten cases on the cases share what they know of it. It is never below the
    95th percentile of the differences of all pairs that were seen. R runs make R (R - 1) / 2 pairs,
    which depend on each other: they know no more than R - 1 differences do, and the bound counts
    no more.

    Source: Smyth, Linear Models and Empirical Bayes Methods for Assessing Differential Expression
    in Microarray Experiments (2004), section 3, for the shared spread; Hahn and Meeker,
    Statistical Intervals (1991), section 4.7, for the prediction bound.

    Args:
        runs: Equal runs: of the same machine, code and cases; at least two.
        settings: Which metrics, and how sure a comparison has to be; the defaults where None.

    Raises:
        UsageError: there are fewer than two runs.
        NotComparable: a hard key or a version differs.
    """
    wanted = settings or Settings()
    measured = _in_one_state(runs, wanted)
    same = _same(measured, wanted)
    within = _within(runs)
    floors = {}
    for metric in dict.fromkeys(one.metric for one in same):
        of_metric = [one for one in same if one.metric == metric]
        floors.update(_of_metric(of_metric, within, _level(metric, same, wanted), wanted))
    return tuple(floors[one.case.id, one.metric] for one in same)


def _in_one_state(runs: Sequence[Run], settings: Settings) -> tuple[Measured, ...]:
    if len(runs) < _FEWEST:
        raise UsageError(f"{len(runs)} run shows no difference; give two or more")
    by_path = {run.path: run for run in runs}
    _require_one_version(runs)

    def again(run: Measured, level: QuietLevel) -> Measured:
        return measure(by_path[run.path], settings.compared, level=level)

    measured = [measure(run, settings.compared) for run in runs]
    require_comparable(measured[:1], measured[1:], settings)
    return in_one_state(measured, again)[0]


def _require_one_version(runs: Sequence[Run]) -> None:
    first, *others = (run.header.environment.versions for run in runs)
    for run, versions in zip(runs[1:], others, strict=True):
        differing = sorted(
            name for name in {*first, *versions} if first.get(name) != versions.get(name)
        )
        if differing:
            told = ", ".join(
                f"{name} {first.get(name, 'none')} | {versions.get(name, 'none')}"
                for name in differing
            )
            raise NotComparable(f"{runs[0].path} and {run.path} are no equal runs: {told}")


def _same(measured: Sequence[Measured], settings: Settings) -> list[_Same]:
    """Gather what at least two runs have of each case and metric whose spread decides."""
    cases = {case.id: case for run in measured for case in run.cases if not is_control(case)}
    found = []
    for case in cases.values():
        for metric in settings.compared:
            if RULES[metric].kind is not Kind.TESTED:
                continue
            least = RULES[metric].least
            values = [run.values[case.id, metric] for run in measured if _has(run, case, metric)]
            logs = tuple(np.log(np.maximum(np.array(one), least)) for one in values)
            if len(logs) >= _FEWEST:
                found.append(_Same(case=case, metric=metric, logs=logs))
    return found


def _has(run: Measured, case: Case, metric: str) -> bool:
    return (case.id, metric) in run.values


def _within(runs: Sequence[Run]) -> Mapping[tuple[str, str], float]:
    """Return the spread inside one process, over all runs."""
    evidence = [evidence_by_case(run) for run in runs]
    cases = dict.fromkeys(case_id for of_run in evidence for case_id in of_run)
    return {
        (case_id, metric): spread
        for case_id in cases
        for metric, spread in within_processes(
            [of_run[case_id] for of_run in evidence if case_id in of_run]
        ).items()
    }


def _of_metric(
    same: Sequence[_Same],
    within: Mapping[tuple[str, str], float],
    level: float,
    settings: Settings,
) -> dict[tuple[str, str], NoiseFloor]:
    """Work out the floors of one metric, whose cases may share their spread."""
    of_runs, of_processes = [], []
    for one in same:
        of_runs.append(one.between_runs())
        of_processes.append(one.between_processes())
    by_run, by_process = spread_of(of_runs), spread_of(of_processes)
    floors = {}
    for one, run, process in zip(same, of_runs, of_processes, strict=True):
        key = (one.case.id, one.metric)
        seen = math.expm1(_seen(one.means))
        plain = NoiseFloor(
            case_id=one.case.id,
            metric=one.metric,
            floor=max(seen, math.expm1(_bound(by_run.of(run)))),
            between=math.sqrt(process.variance),
            within=within.get(key),
            runs=len(one.logs),
            trials=min(run.size for run in one.logs),
            seen=seen,
        )
        known = by_process.of(process)
        test = _test(plain, process, known, settings)
        has_rounds = one.trials > len(one.logs)  # memory is taken once a run, however many there be
        floors[key] = _foreseen(plain, test, known, level, settings) if has_rounds else plain
    return floors


def _level(metric: str, same: Sequence[_Same], settings: Settings) -> float:
    """Return the unadjusted p-value that a single change among all these cases would need."""
    is_gated = metric in settings.gated
    family = sum((one.metric in settings.gated) is is_gated for one in same)
    return settings.false_discovery / family


def _bound(known: Known) -> float:
    """Return what the difference of two more runs stays within, in 95 % of cases; in logarithms."""
    upper = student_t_quantile((1 + _SHARE) / 2, known.degrees)
    return upper * math.sqrt(_DIFFERENCE * known.variance)


def _seen(means: NDArray[np.float64]) -> float:
    """Return the 95th percentile of the differences of all pairs; in logarithms."""
    return float(np.quantile([abs(a - b) for a, b in combinations(means.tolist(), 2)], _SHARE))


def _effect(one: _Same, variance: float, degrees: int) -> Effect:
    return Effect(
        case=one.case,
        metric=one.metric,
        log_ratio=0.0,
        variance=variance,
        degrees=degrees,
        scale=_DIFFERENCE,
        rounds=1,
    )


def _test(floor: NoiseFloor, process: Effect, known: Known, settings: Settings) -> Test:
    """Return the test of equal code with one process a side."""
    threshold = threshold_of(process, {(floor.case_id, floor.metric): floor}, settings)
    return Test(
        cost=0.0,
        bound=math.log1p(threshold),
        error=math.sqrt(_DIFFERENCE * known.variance),
        degrees=known.degrees,
    )


def _foreseen(
    floor: NoiseFloor, test: Test, known: Known, level: float, settings: Settings
) -> NoiseFloor:
    """Add what `compare` would see with so many rounds a side."""
    design = Design(paired=False, rounds=1, shared=known.shared)

    def visible(rounds: int) -> float:
        error, degrees = test.error / math.sqrt(rounds), design.degrees(rounds)
        with_rounds = replace(test, error=error, degrees=degrees)
        return smallest_change(with_rounds, level, settings.power)

    return replace(
        floor,
        smallest_change={rounds: visible(rounds) for rounds in ROUNDS},
        rounds=rounds_needed(test, design, level, settings) if test.error else _FEWEST,
    )
