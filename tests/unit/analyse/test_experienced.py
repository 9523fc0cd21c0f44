"""What was experienced is all of it, and a percentile has the samples that it needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.evidence import Series, read
from harness.analyse.experienced import independent_values
from harness.analyse.records import records
from harness.core.reason import ReasonCode
from harness.core.trial import (
    Slices,
    Timeline,
    Trial,
)
from harness.statistics.autocorrelation import effective_size_of_quantile
from harness.store.fake import (
    FakeMachine,
)
from tests.unit.analyse.runs import (
    CASE,
    OFFLINE,
    code,
    map_timelines,
    run_of,
    timed,
    values_of,
)


def test_a_percentile_needs_its_independent_samples():
    machine = FakeMachine(slices=5, slow_share=0.0, hunting=0)
    values = values_of(*timed(machine))
    assert values["latency_p50"].value is not None
    p99 = values["latency_p99"]
    assert code(p99) is ReasonCode.TOO_FEW_SAMPLES
    assert p99.reason is not None
    assert p99.reason.detail.startswith("p99 needs 368 independent samples (has ")


def white(seed: int, count: int) -> Timeline:
    """Make samples that do not depend on each other, one slice."""
    rng = np.random.default_rng(seed)
    samples = tuple(int(value) for value in 1e6 * rng.lognormal(0, 0.1, count))
    timeline = FakeMachine(slices=1, iterations=count, hunting=0).trial(CASE).timeline
    assert timeline is not None
    return replace(timeline, samples_ns=samples)


def white_trials(count: int, rounds: int = 3) -> list[Trial]:
    return [
        replace(trial, timeline=white(trial.round, count), decision=None)
        for trial in timed(FakeMachine(), rounds)
    ]


def test_a_percentile_is_over_trials_where_each_has_enough():
    value = values_of(*white_trials(1_000))["latency_p90"]
    each = [np.quantile(trial.timeline.samples_ns, 0.9) for trial in white_trials(1_000)]
    assert value.value == pytest.approx(1e-9 * float(np.exp(np.mean(np.log(each)))))
    assert value.n_trials == 3
    assert value.n_samples == 3_000


def test_a_percentile_is_of_all_samples_together_where_only_they_are_enough():
    trials = white_trials(200)
    value = values_of(*trials)["latency_p99"]
    together = np.concatenate([trial.timeline.samples_ns for trial in trials])
    assert value.value == pytest.approx(1e-9 * float(np.quantile(together, 0.99)))
    assert value.low is not None
    assert value.high is not None
    assert value.n_samples == 600


def test_trials_that_never_settled_are_counted_beside_the_number():
    trials = timed(FakeMachine(slow_share=0.0))
    assert trials[0].decision is not None
    unsettled = replace(trials[0], decision=replace(trials[0].decision, steady=False))
    values = values_of(unsettled, *trials[1:], level=None)
    assert values["latency_p50"].note == "not steady in 1 of 3 trials"
    assert values["latency_quiet"].note == "unanchored; not steady in 1 of 3 trials"


def test_throughput_is_items_over_time():
    values = values_of(*timed(FakeMachine(slow_share=0.0), case=OFFLINE), case=OFFLINE)
    for name in ("throughput", "throughput_quiet"):
        assert values[name].value == pytest.approx(8 / 1e-3, rel=0.01)
    assert code(values["latency_quiet"]) is ReasonCode.NOT_IN_SCENARIO
    assert values["throughput"].n_samples == 3 * 15 * 10


def test_throughput_without_slices_or_time_is_null():
    trials = timed(FakeMachine(), case=OFFLINE)
    empty = [replace(trial, timeline=Timeline()) for trial in trials]
    assert code(values_of(*empty, case=OFFLINE)["throughput"]) is ReasonCode.TOO_FEW_SAMPLES

    def timeless(timeline: Timeline) -> Timeline:
        zeros = (0,) * len(timeline.slices.duration_ns)
        return replace(timeline, slices=replace(timeline.slices, duration_ns=zeros))

    (record,) = records(map_timelines(run_of(*trials, case=OFFLINE), timeless))
    assert code(record.values["throughput"]) is ReasonCode.METER_READS_TOO_LOW


def correlated(rho: float, size: int) -> Series:
    """Make a series in which each value carries a share of the one before."""
    rng = np.random.default_rng(3)
    values = np.empty(size)
    values[0] = rng.standard_normal() / (1 - rho**2) ** 0.5
    for place, noise in enumerate(rng.standard_normal(size - 1), start=1):
        values[place] = rho * values[place - 1] + noise
    return Series.of((1e6 * np.exp(values / 10)).astype(np.int64))


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, 0.99])
def test_blocks_of_a_long_series_know_as_much_as_its_values(rho):
    series = correlated(rho, 40_000)
    for q in (0.5, 0.9):
        expected = effective_size_of_quantile(series.values, q)
        assert independent_values(series, q) == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize("size", [1, 2, 1_000, 4_096])
def test_a_short_series_is_not_cut_into_blocks(size):
    series = correlated(0.5, size)
    assert independent_values(series, 0.5) == effective_size_of_quantile(series.values, 0.5)


def test_long_series_of_equal_values_count_in_full():
    equal = Series.of(np.full(10_000, 7))
    assert independent_values(equal, 0.5) == 10_000
    alternating = Series.of(np.tile(np.array([1, 2, 1, 2]), 4_096))
    assert independent_values(alternating, 0.5) == 16_384


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("size", [1, 2, 7, 1_000])
def test_a_quantile_is_numpys(size, q):
    series = correlated(0.0, size)
    assert series.quantile(q) == pytest.approx(float(np.quantile(series.values, q)), rel=1e-14)


@pytest.mark.parametrize("scale", [1, 4 * 10**15])
def test_typical_samples_are_the_slices_medians_however_long_they_take(scale):
    rng = np.random.default_rng(5)
    iterations = (3, 0, 4, 1, 5_000)
    samples = (rng.integers(1, 1_000, sum(iterations)) * scale).tolist()
    slices = Slices(
        start_ns=(0,) * 5,
        duration_ns=(1,) * 5,
        iterations=iterations,
        skipped=(0,) * 5,
        before=(0,) * 5,
        after=(0,) * 5,
        waited_ns=(0,) * 5,
        hunting=(0,) * 5,
    )
    timeline = Timeline(samples_ns=tuple(samples), slices=slices)
    typical = read(timeline, warm_up_slices=0, level_ns=None).typical_s
    ends = np.cumsum(iterations)
    for place, (end, count) in enumerate(zip(ends, iterations, strict=True)):
        if count:
            expected = 1e-9 * np.median(samples[end - count : end])
            assert typical[place] == pytest.approx(expected)
        else:
            assert np.isnan(typical[place])
