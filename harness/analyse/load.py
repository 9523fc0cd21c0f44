"""What queries on call cost: latency from the intended arrival, and the rate that holds a bound."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.analyse.estimate import geometric, null
from harness.analyse.evidence import SECONDS_PER_NS, Counts, Evidence, PerTrial, Series
from harness.core.load import Load
from harness.core.reason import ReasonCode
from harness.core.record import Value
from harness.statistics.order import smallest_sample

_TAIL = 0.99


def latencies(evidence: Evidence) -> list[Series]:
    """Return each trial's latencies at the rate that counts, in the order of arrivals.

    From the intended arrival to the end of the pass, whatever the query waited for.
    """
    return [Series.of(_column(load.waited_ns) + _column(load.served_ns)) for load in _all(evidence)]


def rates(evidence: Evidence) -> PerTrial:
    """Return each trial's highest rate that held the bound, in 1/s, where one did."""
    found = [load for load in _all(evidence) if load.steps and load.steps[-1].holds]
    return PerTrial(
        values=tuple(load.rate for load in found),
        n_samples=sum(len(load.due_ns) for load in found),
    )


def rate_max(metric: str, evidence: Evidence) -> Value:
    """Return the highest rate that holds the bound: over trials the geometric mean."""
    every, trials = list(_all(evidence)), rates(evidence)
    if evidence.case.rate:
        return null(metric, ReasonCode.NOT_MEASURED, "the rate was given", "leave out the rate")
    if not every:
        return null(metric, ReasonCode.NOT_MEASURED, "no trial offered queries")
    if len(trials.values) < len(every):
        missed = next(load for load in every if not (load.steps and load.steps[-1].holds))
        return _not_held(metric, missed)
    unproven = sum(not load.steps[-1].proven for load in every)
    note = f"the bound lies within the interval of p99 in {unproven} of {len(every)} trials"
    return geometric(
        metric, trials.values, n_samples=trials.n_samples, note=note if unproven else ""
    )


def wait_p99(metric: str, evidence: Evidence) -> Value:
    """Return the 99th percentile of the wait from intended arrival to pass."""
    return _tail(metric, [_column(load.waited_ns) for load in _all(evidence)])


def lateness_p99(metric: str, evidence: Evidence) -> Value:
    """Return how late queries were begun that met an idle process: what the generator adds."""
    return _tail(metric, [lateness_ns(load) for load in _all(evidence)])


def lateness_ns(load: Load) -> Counts:
    """Return the waits of queries before which their process had nothing to do: (idle,)."""
    due, waited = _column(load.due_ns), _column(load.waited_ns)
    process, ended = _column(load.process), due + waited + _column(load.served_ns)
    late = [
        waited[mine][1:][ended[mine][:-1] <= due[mine][1:]]
        for number in np.unique(process)
        for mine in [process == number]
    ]
    return np.concatenate(late) if late else np.empty(0, dtype=np.int64)


def _tail(metric: str, trials: list[Counts]) -> Value:
    needed = smallest_sample(_TAIL)
    short = min((values.size for values in trials), default=0)
    if short < needed:
        detail = f"p99 needs {needed} queries a trial (has {short})"
        return null(metric, ReasonCode.TOO_FEW_SAMPLES, detail, "give each load more time")
    found = [max(1.0, float(np.quantile(values, _TAIL))) * SECONDS_PER_NS for values in trials]
    return geometric(metric, found, n_samples=sum(values.size for values in trials))


def _not_held(metric: str, load: Load) -> Value:
    lowest = min((step.rate for step in load.steps), default=load.rate)
    bound_ms = load.bound_ns * SECONDS_PER_NS * 1e3
    detail = (
        f"p99 was above the bound of {bound_ms:.3g} ms when it was confirmed; the lowest rate that "
        f"was tried is {lowest:.3g}/s"
    )
    return null(metric, ReasonCode.BOUND_NOT_HELD, detail, "allow more latency, or more time")


def _all(evidence: Evidence) -> Iterator[Load]:
    return (trial.load for trial in evidence.timing if trial.load is not None)


def _column(values: tuple[int, ...]) -> Counts:
    return np.array(values, dtype=np.int64)
