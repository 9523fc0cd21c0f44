from dataclasses import replace
from types import SimpleNamespace

import pytest

from harness.core.case import Scenario
from harness.pytest_plugin.replay import ReplayTimer, play, play_failure, samples_s
from harness.store.fake import FakeMachine, fake_case, fake_failure, fake_run
from tests.unit.pytest_plugin.standins import FakeBenchmark

SAMPLES = (1.1e-3, 0.3, 2.7e-9)


def test_every_sample_becomes_one_round_and_is_exactly_what_was_measured():
    timer = ReplayTimer()
    benchmark = FakeBenchmark(timer)
    play(benchmark, timer, SAMPLES)
    assert tuple(benchmark.durations_s) == SAMPLES


def test_the_clock_has_a_name_that_files_can_hold():
    assert ReplayTimer().__name__ == "scalecurve"


def test_a_case_that_failed_leaves_no_row_and_is_not_missed():
    timer = ReplayTimer()
    benchmark = FakeBenchmark(timer)
    play_failure(benchmark, timer, "outputs differ")
    assert benchmark.has_error
    assert benchmark.is_used
    assert benchmark.durations_s == []


def test_a_disabled_benchmark_that_runs_its_target_ends_the_same():
    timer, ran = ReplayTimer(), []

    def pedantic(target, args=(), **_):
        ran.append(target)
        target(*args)

    benchmark = SimpleNamespace(pedantic=pedantic)
    play(benchmark, timer, (0.0,))
    play_failure(benchmark, timer, "why")
    assert len(ran) == 2


def test_a_failure_that_does_not_raise_is_none():
    timer, asked = ReplayTimer(), []
    benchmark = SimpleNamespace(pedantic=lambda *_, **__: asked.append("once"))
    play_failure(benchmark, timer, "why")
    assert asked == ["once"]


def test_samples_are_those_experienced_neither_warm_up_nor_hunted_for():
    case = fake_case()
    run = fake_run((case,), rounds=2)
    trials = [trial for trial in run.trials if trial.timeline]
    # One slice of warm-up, four at the end that were hunted for, of twenty slices of ten samples.
    expected = [ns * 1e-9 for trial in trials for ns in trial.timeline.samples_ns[10:160]]
    assert samples_s(run, case) == pytest.approx(expected, rel=1e-12)


def test_offline_gives_the_mean_pass_of_each_slice():
    case = fake_case(scenario=Scenario.OFFLINE, batch_size=8)
    run = fake_run((case,), rounds=1)
    slices = run.trials[0].timeline.slices
    expected = [ns / 10 * 1e-9 for ns in slices.duration_ns[1:16]]
    assert samples_s(run, case) == pytest.approx(expected, rel=1e-12)


def test_trials_of_other_cases_and_those_that_failed_give_no_samples():
    case, other = fake_case(), fake_case(20_000)
    run = fake_run((case, other), rounds=1)
    failed = replace(run, trials=(fake_failure(case), FakeMachine().trial(other)))
    assert samples_s(failed, case) == ()


def test_a_trial_without_a_decision_has_no_warm_up():
    case = fake_case()
    run = fake_run((case,), rounds=1)
    trial = replace(run.trials[0], decision=None)
    assert len(samples_s(replace(run, trials=(trial,)), case)) == 160
