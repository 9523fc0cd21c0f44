"""What a case costs as experienced: all samples but warm-up and those that were hunted for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from harness.analyse import load
from harness.analyse.estimate import arithmetic, geometric, null, of_interval
from harness.analyse.evidence import Evidence, PerTrial, Series
from harness.analyse.quiet_state import items_at_once, rate
from harness.core.case import Scenario
from harness.core.reason import ReasonCode
from harness.core.record import Value
from harness.statistics.autocorrelation import effective_size
from harness.statistics.order import quantile_interval, smallest_sample
from harness.statistics.spikes import spike_rate

_MEDIAN = 0.5
_BLOCKS = 4096
"""More than enough to see dependence, few enough to be quick."""
_MORE_TIME = "give each case more time or more rounds"


def latency_p50(metric: str, evidence: Evidence) -> Value:
    """Return the median latency; see `quantile`."""
    return quantile(metric, _MEDIAN, samples(evidence), note=evidence.unsteady)


def latency_p90(metric: str, evidence: Evidence) -> Value:
    """Return the 90th percentile of latency; see `quantile`."""
    return quantile(metric, 0.9, samples(evidence), note=evidence.unsteady)


def latency_p99(metric: str, evidence: Evidence) -> Value:
    """Return the 99th percentile of latency; see `quantile`."""
    return quantile(metric, 0.99, samples(evidence), note=evidence.unsteady)


def host_latency_p50(metric: str, evidence: Evidence) -> Value:
    """Return the median latency with both transfers; see `quantile`."""
    values = hosts(evidence)
    if not values:
        return null(metric, ReasonCode.NOT_MEASURED, "no iteration was timed with its transfers")
    return quantile(metric, _MEDIAN, values)


def device_time_p50(metric: str, evidence: Evidence) -> Value:
    """Return the median device time by events; see `quantile`."""
    if not evidence.case.target.is_cuda:
        detail = "a CPU has no events of its own; its latency is the time"
        return null(metric, ReasonCode.NOT_ON_THIS_DEVICE, detail)
    values = devices(evidence)
    if not values:
        return null(metric, ReasonCode.NOT_MEASURED, "the runtime gave no events")
    return quantile(metric, _MEDIAN, values)


def quantile(metric: str, q: float, trials: Sequence[Series], *, note: str = "") -> Value:
    """Combine the trials' values to one quantile.

    Values within a trial depend on each other, so each trial counts with its effective size.
    Where every trial alone has enough independent values for the quantile (6 for p50, 36 for p90,
    368 for p99), the value is the geometric mean of the trials' quantiles with Student's interval
    over trials. Where only all together have enough, it is the quantile of all values together,
    with the interval of order statistics at the sum of the effective sizes: that one does not see
    how trials differ. Where even all together have too few, there is no value.
    """
    needed = smallest_sample(q)
    filled = [series for series in trials if series.values.size]
    sizes = [independent_values(series, q) for series in filled]
    independent = math.floor(sum(sizes))
    n_samples = sum(series.values.size for series in filled)
    if independent < needed:
        detail = f"p{100 * q:g} needs {needed} independent samples (has {independent})"
        return null(metric, ReasonCode.TOO_FEW_SAMPLES, detail, _MORE_TIME)
    each = _where_enough(q, filled, sizes)
    if len(each) == len(filled):
        return geometric(metric, each, n_samples=n_samples, note=note)
    together = np.concatenate([series.values for series in filled])
    pooled = quantile_interval(together, q, independent=independent)
    return of_interval(metric, pooled, n_trials=len(filled), n_samples=n_samples, note=note)


def quantiles(q: float, trials: Sequence[Series]) -> PerTrial:
    """Return each trial's quantile, in seconds, where it alone has enough independent values."""
    filled = [series for series in trials if series.values.size]
    sizes = [independent_values(series, q) for series in filled]
    return PerTrial(
        values=_where_enough(q, filled, sizes),
        n_samples=sum(series.values.size for series in filled),
    )


def _where_enough(q: float, trials: Sequence[Series], sizes: Sequence[float]) -> tuple[float, ...]:
    needed = smallest_sample(q)
    pairs = zip(trials, sizes, strict=True)
    return tuple(series.quantile(q) for series, size in pairs if size >= needed)


def independent_values(series: Series, q: float) -> float:
    """Return how many independent values would know the quantile as well.

    The series that counts is whether each value is at most the quantile. A long one is cut into
    blocks, and the variance of its mean is taken from the blocks' means and their dependence: ten
    times as fast as from single values, and it sees slow episodes that noise hides from those.

    Source: Geyer, Practical Markov Chain Monte Carlo (1992), section 3.2, for means of batches.
    """
    indicator = series.values <= series.quantile(q)
    length = -(-indicator.size // _BLOCKS)
    share = int(np.count_nonzero(indicator)) / indicator.size
    if length == 1 or share == 1:
        return effective_size(indicator)
    blocks = indicator[: indicator.size // length * length].reshape(-1, length).mean(axis=1)
    spread = float(blocks.var())
    if spread == 0:
        return float(indicator.size)
    size = effective_size(blocks) * share * (1 - share) / spread
    return min(max(size, 1.0), float(indicator.size))


def spikes(metric: str, evidence: Evidence) -> Value:
    """Return the mean over trials of the share of samples far above the rest."""
    filled = [series.ordered for series in samples(evidence) if series.values.size]
    if not filled:
        return null(metric, ReasonCode.TOO_FEW_SAMPLES, "there is no sample", _MORE_TIME)
    rates = [spike_rate(values) for values in filled]
    n_samples = sum(values.size for values in filled)
    return arithmetic(metric, rates, n_samples=n_samples, highest=1.0, note=evidence.unsteady)


def throughput(metric: str, evidence: Evidence) -> Value:
    """Return items per second: per trial all items over all time; over trials geometrically."""
    trials = throughputs(evidence)
    if not trials.values:
        detail = "no slice was left after the warm-up"
        return null(metric, ReasonCode.TOO_FEW_SAMPLES, detail, _MORE_TIME)
    return geometric(metric, trials.values, n_samples=trials.n_samples, note=evidence.unsteady)


def throughputs(evidence: Evidence) -> PerTrial:
    """Return each trial's items over all time, per second, without warm-up and hunted slices."""
    used = [one for one in evidence.readings if one.iterations[one.experienced].any()]
    at_once = items_at_once(evidence.case)
    return PerTrial(
        values=tuple(at_once * rate(one, one.experienced) for one in used),
        n_samples=sum(int(one.iterations[one.experienced].sum()) for one in used),
    )


def samples(evidence: Evidence) -> list[Series]:
    """Return the samples of each trial, as experienced; on call, from intended arrivals."""
    if evidence.case.scenario is Scenario.SERVER:
        return load.latencies(evidence)
    return [one.samples for one in evidence.readings]


def hosts(evidence: Evidence) -> list[Series]:
    """Return the durations with both transfers of each trial that timed them."""
    return [one.host for one in evidence.readings if one.host.values.size]


def devices(evidence: Evidence) -> list[Series]:
    """Return the durations by the device's own events of each trial that has them."""
    return [one.device for one in evidence.readings if one.device.values.size]
