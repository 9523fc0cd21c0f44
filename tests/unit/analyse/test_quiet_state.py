"""The quiet state is told by probes alone, and too little of it is a reason, not a number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.records import records
from harness.core.reason import ReasonCode
from harness.core.run import QuietLevel, RunEnd
from harness.core.trial import (
    Timeline,
)
from harness.store.fake import (
    NATIVE_NS,
    FakeMachine,
    fake_run,
)
from tests.unit.analyse.runs import (
    ANCHORED,
    CASE,
    code,
    known,
    map_timelines,
    run_of,
    timed,
    values_of,
)


def test_the_quiet_latency_is_that_of_the_quiet_slices_whatever_the_slow_share():
    for share in (0.0, 0.3, 0.6):
        machine = FakeMachine(slices=80, slow_share=share)
        value = values_of(*timed(machine))["latency_quiet"]
        assert value.value == pytest.approx(1e-3, rel=0.005)
        assert known(value.low) <= known(value.value) <= known(value.high)
        assert value.n_trials == 3


def test_what_was_experienced_has_the_slow_episodes_in_it():
    values = values_of(*timed(FakeMachine(slices=200, slow_share=0.6, hunting=0), 5))
    assert known(values["latency_p90"].value) > 1.4 * known(values["latency_quiet"].value)
    assert 0 < known(values["quiet_share"].value) < 0.7
    assert known(values["quiet_share"].high) <= 1


def hunted(timeline: Timeline, factor: int) -> Timeline:
    """Make samples of slices that were hunted for so many times as long."""
    hunting = np.repeat(timeline.slices.hunting, timeline.slices.iterations)
    samples = np.array(timeline.samples_ns) * np.where(hunting == 1, factor, 1)
    return replace(timeline, samples_ns=tuple(samples.tolist()))


def test_hunted_slices_count_for_the_quiet_state_and_never_for_experience():
    run = fake_run((CASE,))
    (plain,) = records(run)
    (other,) = records(map_timelines(run, lambda timeline: hunted(timeline, 100)))
    for name in ("latency_p50", "spike_rate", "quiet_share"):
        assert plain.values[name] == other.values[name]
    machine = FakeMachine(slices=20, hunting=15, slow_share=0.0)
    value = values_of(*timed(machine))["latency_quiet"]
    assert value.n_samples == 3 * 19 * 10
    assert values_of(*timed(machine))["latency_p50"].n_samples == 3 * 4 * 10
    assert values_of(*timed(machine))["quiet_share"].n_samples == 3 * 5


def test_warm_up_counts_for_neither():
    trials = timed(FakeMachine(slices=40, slow_share=0.0, hunting=0))
    late = [
        replace(trial, decision=replace(trial.decision, warm_up_slices=30))  # type: ignore[type-var]  # it has one
        for trial in trials
    ]
    values = values_of(*late)
    assert values["latency_quiet"].n_samples == 3 * 10 * 10
    assert values["latency_p50"].n_samples == 3 * 10 * 10
    undecided = values_of(*[replace(trial, decision=None) for trial in trials])
    assert undecided["latency_p50"].n_samples == 3 * 40 * 10


def test_too_few_quiet_slices_are_a_reason_not_a_number():
    value = values_of(*timed(FakeMachine(slices=12, slow_share=1.0)))["latency_quiet"]
    assert code(value) is ReasonCode.MACHINE_UNQUIET
    assert value.reason is not None
    assert value.reason.detail == "a trial needs 8 quiet slices (has 0 of 12, 0 of 12, 0 of 12)"
    assert value.reason.hint


def test_too_few_slices_of_any_kind_are_not_the_machines_fault():
    value = values_of(*timed(FakeMachine(slices=6, hunting=0, slow_share=0.0)))["latency_quiet"]
    assert code(value) is ReasonCode.TOO_FEW_SAMPLES
    assert "needs 8 quiet slices" in value.reason.detail


def test_a_trial_with_too_few_quiet_slices_gives_none_and_the_others_count():
    slow = FakeMachine(slices=20, slow_share=1.0).trial(CASE, 0)
    quiet = [FakeMachine(slow_share=0.0).trial(CASE, number) for number in (1, 2)]
    assert values_of(slow, *quiet)["latency_quiet"].n_trials == 2


def test_a_single_trial_has_a_value_and_no_interval():
    value = values_of(*timed(FakeMachine(slow_share=0.0), 1))["latency_quiet"]
    assert value.value is not None
    assert (value.low, value.high) == (None, None)


def test_the_machines_level_counts_where_it_is_anchored_else_the_runs_own():
    trials = timed(FakeMachine(slow_share=0.0))
    anchored = values_of(*trials)["latency_quiet"]
    assert anchored.note == ""
    unanchored = values_of(*trials, level=None)["latency_quiet"]
    assert unanchored.note == "unanchored"
    assert unanchored.value == anchored.value
    low = QuietLevel(native_ns=NATIVE_NS / 2, probe_version=1, anchored=True)
    assert code(values_of(*trials, level=low)["latency_quiet"]) is ReasonCode.MACHINE_UNQUIET
    of_the_run = replace(low, anchored=False)
    assert values_of(*trials, level=of_the_run)["quiet_share"].note == "unanchored"


def test_the_level_at_the_end_of_the_file_goes_before_that_of_the_trials():
    low = QuietLevel(native_ns=NATIVE_NS / 2, probe_version=1, anchored=False)
    run = run_of(*timed(FakeMachine(slow_share=0.0)), level=None)
    (record,) = records(replace(run, end=RunEnd(finished_at="2026-01-02", level=low)))
    assert code(record.values["latency_quiet"]) is ReasonCode.MACHINE_UNQUIET


def test_without_probes_nothing_is_said_of_the_quiet_state():
    trials = [replace(trial, timeline=Timeline()) for trial in timed(FakeMachine())]
    for level in (ANCHORED, None):
        values = values_of(*trials, level=level)
        assert code(values["quiet_share"]) is ReasonCode.NOT_MEASURED
        assert code(values["latency_p50"]) is ReasonCode.TOO_FEW_SAMPLES
        assert code(values["spike_rate"]) is ReasonCode.TOO_FEW_SAMPLES
    assert code(values_of(*trials, level=None)["latency_quiet"]) is ReasonCode.NOT_MEASURED
    assert code(values_of(*trials)["latency_quiet"]) is ReasonCode.MACHINE_UNQUIET
    bare = [replace(trial, timeline=None) for trial in trials]
    assert code(values_of(*bare, level=None)["quiet_share"]) is ReasonCode.NOT_MEASURED


def test_probes_that_read_nothing_are_no_level():
    def silence(timeline: Timeline) -> Timeline:
        zeros = (0,) * len(timeline.probes.native_ns)
        return replace(timeline, probes=replace(timeline.probes, native_ns=zeros))

    run = map_timelines(run_of(*timed(FakeMachine()), level=None), silence)
    (record,) = records(run)
    assert code(record.values["quiet_share"]) is ReasonCode.NOT_MEASURED
