"""What equal runs show as a difference: the noise floor of each case and metric, from A/A runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.analyse.compare.decide import threshold_of
from harness.analyse.compare.effects import Missing
from harness.analyse.compare.foresight import Design, Test, smallest_change
from harness.analyse.compare.settings import EXPERIENCED, WATCHED, Settings
from harness.analyse.compare.spread import Known, spread_of
from harness.analyse.equal_runs import DIFFERENCE, FEWEST, Same, same_of
from harness.analyse.records import evidence_by_case
from harness.analyse.within import within_processes
from harness.core.comparison import Effect, NoiseFloor
from harness.core.run import Run
from harness.statistics.power import equivalence_power, fewest
from harness.statistics.student import student_t_quantile

ROUNDS: Final = (3, 5, 8)
"""For which the smallest visible change is said."""

EVERY: Final = Settings(watched=(*WATCHED, *EXPERIENCED.values()))
"""What any comparison may ask for, in the quiet state and as experienced."""

_SHARE: Final = 0.95
_MOST_ROUNDS: Final = 1000
"""That anybody would run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """What equal runs show, and of what they show nothing."""

    floors: tuple[NoiseFloor, ...]
    missing: tuple[Missing, ...]
    """Cases and metrics that were to be measured, and why there is no floor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spread:
    """How one case and metric spreads, within runs and between them."""

    effect: Effect
    process: Known
    """Of what a fresh process says."""
    run: Known
    """Of what a run says: the mean of its processes."""
    trials: int
    """Of the run that has fewest."""

    def of_run(self, rounds: int) -> float:
        """Return the variance of what a run of so many rounds says."""
        apart = max(0.0, self.run.variance - self.process.variance / self.trials)
        return apart + self.process.variance / rounds

    def degrees(self, rounds: int) -> float:
        """Return the degrees of freedom of a comparison with so many rounds a side."""
        return Design(paired=False, rounds=rounds, shared=self.process.shared).degrees(rounds)


def noise_of(runs: Sequence[Run], settings: Settings = EVERY) -> Noise:
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
        settings: Which metrics, and how sure a comparison has to be.

    Raises:
        UsageError: there are fewer than two runs.
        NotComparable: a hard key or a version differs.
    """
    same, missing = same_of(runs, settings)
    within = _within(runs)
    floors: dict[tuple[str, str], NoiseFloor] = {}
    for metric in dict.fromkeys(one.metric for one in same):
        of_metric = [one for one in same if one.metric == metric]
        floors.update(_of_metric(of_metric, within, _level(metric, same, settings), settings))
    return Noise(floors=tuple(floors[one.case.id, one.metric] for one in same), missing=missing)


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
    same: Sequence[Same],
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
        spread = _Spread(
            effect=process,
            process=by_process.of(process),
            run=by_run.of(run),
            trials=plain.trials,
        )
        has_rounds = one.trials > len(one.logs)  # memory is taken once a run, however many there be
        floors[key] = _foreseen(plain, spread, level, settings) if has_rounds else plain
    return floors


def _level(metric: str, same: Sequence[Same], settings: Settings) -> float:
    """Return the unadjusted p-value that a single change among all these cases would need."""
    is_gated = metric in settings.gated
    family = sum((one.metric in settings.gated) is is_gated for one in same)
    return settings.false_discovery / family


def _bound(known: Known) -> float:
    """Return what the difference of two more runs stays within, in 95 % of cases; in logarithms."""
    upper = student_t_quantile((1 + _SHARE) / 2, known.degrees)
    return upper * math.sqrt(DIFFERENCE * known.variance)


def _seen(means: NDArray[np.float64]) -> float:
    """Return the 95th percentile of the differences of all pairs; in logarithms."""
    return float(np.quantile([abs(a - b) for a, b in combinations(means.tolist(), 2)], _SHARE))


def _foreseen(floor: NoiseFloor, spread: _Spread, level: float, settings: Settings) -> NoiseFloor:
    """Add what `compare` would see with so many rounds a side."""
    threshold = threshold_of(spread.effect, {(floor.case_id, floor.metric): floor}, settings)

    def visible(rounds: int) -> float:
        test = Test(
            cost=0.0,
            bound=math.log1p(threshold),
            error=math.sqrt(DIFFERENCE * spread.process.variance / rounds),
            degrees=spread.degrees(rounds),
        )
        return smallest_change(test, level, settings.power)

    return replace(
        floor,
        smallest_change={
            rounds: change for rounds in ROUNDS if math.isfinite(change := visible(rounds))
        },
        rounds=_rounds(spread, threshold_of(spread.effect, {}, settings), settings),
    )


def _rounds(spread: _Spread, threshold: float, settings: Settings) -> int | None:
    """Return the rounds with which two equal runs come out as equivalent within the threshold.

    What differs between runs does not become less with rounds: where it is too much, none would do.
    """
    bound = math.log1p(threshold)

    def enough(rounds: int) -> bool:
        error = math.sqrt(DIFFERENCE * spread.of_run(rounds))
        if error == 0:
            return True
        degrees = spread.degrees(rounds)
        return (
            equivalence_power(0.0, bound / error, settings.equivalence, degrees) >= settings.power
        )

    return fewest(enough, FEWEST, _MOST_ROUNDS)
