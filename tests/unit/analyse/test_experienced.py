"""What was experienced is all of it, and a percentile has the samples that it needs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.records import records
from harness.core.reason import ReasonCode
from harness.core.trial import (
    Timeline,
    Trial,
)
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
    each = [np.quantile(trial.timeline.samples_ns, 0.9) for trial in white_trials(1_000)]  # type: ignore[union-attr]  # it has one
    assert value.value == pytest.approx(1e-9 * float(np.exp(np.mean(np.log(each)))))
    assert value.n_trials == 3
    assert value.n_samples == 3_000


def test_a_percentile_is_of_all_samples_together_where_only_they_are_enough():
    trials = white_trials(200)
    value = values_of(*trials)["latency_p99"]
    together = np.concatenate([trial.timeline.samples_ns for trial in trials])  # type: ignore[union-attr]  # it has one
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
