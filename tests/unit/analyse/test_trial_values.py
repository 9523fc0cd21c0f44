from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from statistics import median

import numpy as np
import pytest

from harness.analyse.device_layers import LAYERS
from harness.analyse.evidence import Evidence, read
from harness.analyse.footprint import HOST_MEMORY
from harness.analyse.records import evidence_by_case, outcome_by_case, records
from harness.analyse.summary import ESTIMATES
from harness.analyse.trial_values import PER_TRIAL, trial_values
from harness.core.case import Scenario
from harness.core.metric import METRICS
from harness.core.run import Environment, Run
from harness.core.trial import Side, Slices, Status, Timeline
from harness.store.fake import (
    FakeMachine,
    fake_case,
    fake_energy_trial,
    fake_failure,
    fake_memory_trial,
    fake_run,
)
from tests.unit.analyse.runs import CASE, CUDA, OFFLINE, known, run_of, timed

_MEMORY = tuple(HOST_MEMORY)
_DEVICE = tuple(LAYERS)
_ARITHMETIC = (*_MEMORY, "artifact_bytes", "energy_per_item")


def evidence_of(case=CASE, machine=None, rounds=3) -> Evidence:
    trials = timed(machine or FakeMachine(slow_share=0.1, iterations=40), rounds, case)
    memory = [fake_memory_trial(case, number) for number in range(2)]
    energy = [fake_energy_trial(case, number, power_w=40.0 + number) for number in range(2)]
    return evidence_by_case(run_of(*trials, *memory, *energy, case=case))[case.id]


@pytest.mark.parametrize("metric", [name for name in PER_TRIAL if name != "latency_p99"])
@pytest.mark.parametrize("case", [CASE, OFFLINE])
def test_estimates_are_the_means_of_the_values_of_trials(metric, case):
    if case.scenario not in METRICS[metric].scenarios:
        return
    own = evidence_of(case)
    values = trial_values(metric, own)
    estimate = ESTIMATES[metric](metric, own)
    if estimate.value is None:
        assert metric in {"device_time_p50", *_DEVICE}
        assert values == ()
        return
    mean = np.mean(values) if metric in _ARITHMETIC else math.exp(np.mean(np.log(values)))
    assert estimate.value == pytest.approx(mean)
    assert estimate.n_trials == len(values)


def test_a_trial_too_short_for_a_percentile_is_left_out():
    long, short = FakeMachine(iterations=40), FakeMachine(slices=2, iterations=10, hunting=0)
    trials = [long.trial(CASE, 0), short.trial(CASE, 1), long.trial(CASE, 2)]
    own = evidence_by_case(run_of(*trials))[CASE.id]
    assert len(trial_values("latency_p90", own)) == 2
    assert len(trial_values("latency_p50", own)) == 3


def test_a_trial_without_enough_quiet_slices_is_left_out():
    quiet, slow = FakeMachine(slow_share=0.0), FakeMachine(slow_share=1.0)
    own = evidence_by_case(run_of(quiet.trial(CASE, 0), slow.trial(CASE, 1)))[CASE.id]
    (value,) = trial_values("latency_quiet", own)
    assert value == pytest.approx(1e-3, rel=0.02)
    assert trial_values("throughput_quiet", own) == pytest.approx((1e3,), rel=0.02)


def test_memory_that_contradicts_itself_has_no_values():
    trial = fake_memory_trial(CASE)
    assert trial.memory is not None
    wrong = replace(trial, memory=replace(trial.memory, loaded=1))
    own = evidence_by_case(run_of(*timed(FakeMachine()), trial, wrong))[CASE.id]
    assert all(trial_values(metric, own) == () for metric in _MEMORY)


def test_device_times_and_memory_are_those_of_trials_that_have_them():
    machine = FakeMachine()
    trials = [machine.trial(CUDA, number) for number in range(3)]
    line = trials[0].timeline
    assert line is not None
    timed_ = replace(trials[0], timeline=replace(line, device_ns=line.samples_ns))
    held = fake_memory_trial(CUDA)
    assert held.memory is not None
    held = replace(held, memory=replace(held.memory, device_peak=50_000_000))
    own = evidence_by_case(run_of(timed_, *trials[1:], held, case=CUDA))[CUDA.id]
    assert len(trial_values("device_time_p50", own)) == 1
    assert trial_values("device_memory_peak", own) == (50_000_000,)


def test_a_share_of_the_whole_case_has_no_value_a_trial():
    with pytest.raises(KeyError):
        trial_values("quiet_share", evidence_of())


def test_evidence_is_that_of_every_case_that_completed():
    first, second = fake_case(100), fake_case(200)
    run = fake_run((first, second))
    broken = replace(run, trials=(*run.trials, fake_failure(second)))
    assert set(evidence_by_case(broken)) == {first.id}
    assert outcome_by_case(broken)[second.id].status is Status.FAILED


def both_sides() -> Run:
    """The candidate takes twice as long."""
    slow = FakeMachine(latency_ns=2_000_000, slow_share=0.0)
    theirs = [replace(trial, side=Side.CANDIDATE) for trial in timed(slow)]
    run = run_of(*timed(FakeMachine(slow_share=0.0)), *theirs)
    system = {"energy_reason_code": "rapl_permission_denied"}
    second = Environment(host="bench-1", system=system, cpu={}, memory_bytes=1)
    return replace(run, header=replace(run.header, candidate=second))


def test_each_side_of_a_run_of_two_has_its_own_trials():
    run = both_sides()
    for side, expected in ((Side.BASE, 1e-3), (Side.CANDIDATE, 2e-3)):
        own = evidence_by_case(run, side)[CASE.id]
        assert trial_values("latency_quiet", own) == pytest.approx((expected,) * 3, rel=0.02)
        (record,) = records(run, side)
        assert known(record.values["latency_quiet"].value) == pytest.approx(expected, rel=0.02)


def test_records_are_of_the_baseline_unless_asked():
    run = both_sides()
    assert records(run) == records(run, Side.BASE)


def test_the_reason_for_no_energy_is_that_of_the_side_s_own_interpreter():
    run = both_sides()
    codes = [evidence_by_case(run, side)[CASE.id].no_energy.code for side in Side]
    assert codes == ["powercap_not_exposed", "rapl_permission_denied"]


def test_an_offline_case_has_throughput_and_no_latency_of_samples():
    own = evidence_of(fake_case(100, scenario=Scenario.OFFLINE))
    assert len(trial_values("throughput", own)) == 3
    assert trial_values("latency_p50", own) == ()


@pytest.mark.parametrize("counts", [(5, 5, 5, 5), (4, 4, 4, 8), (1, 0, 12, 7), (20,), (1,) * 20])
def test_the_typical_sample_of_a_slice_is_its_median_whether_slices_are_alike_or_not(counts):
    taken = FakeMachine().timeline(Random(3)).samples_ns[:20]
    columns = tuple(range(len(counts)))
    slices = Slices(
        start_ns=columns, duration_ns=columns, iterations=counts, skipped=columns, hunting=columns
    )
    found = read(Timeline(samples_ns=taken, slices=slices), warm_up_slices=0, level_ns=None)
    ends = np.cumsum(counts)
    parts = [taken[end - count : end] for end, count in zip(ends, counts, strict=True)]
    expected = [median(part) * 1e-9 if part else math.nan for part in parts]
    assert found.typical_s == pytest.approx(expected, nan_ok=True)
