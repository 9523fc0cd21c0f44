from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse.compare.effects import Missing, effect_of, effects
from harness.analyse.compare.settings import Settings
from harness.core.comparison import Effect
from harness.core.reason import ReasonCode
from harness.core.trial import Trial
from harness.store.fake import FakeMachine, fake_case
from tests.unit.analyse.compare.effects_made import QUIET, cases, run_of


def unsettled(trial: Trial) -> Trial:
    assert trial.decision is not None
    return replace(trial, decision=replace(trial.decision, steady=False))


logs = arrays(np.float64, st.integers(2, 9), elements=st.floats(-5, 5))


@given(base=logs, candidate=logs)
def test_two_runs_are_two_groups_with_a_pooled_variance(base, candidate):
    one = effect_of(fake_case(), "latency_quiet", [base], [candidate])
    pooled = (base.var(ddof=1) * (base.size - 1) + candidate.var(ddof=1) * (candidate.size - 1)) / (
        base.size + candidate.size - 2
    )
    assert one.log_ratio == pytest.approx(candidate.mean() - base.mean(), abs=1e-12)
    assert one.variance == pytest.approx(pooled, rel=1e-9, abs=1e-15)
    assert one.degrees == base.size + candidate.size - 2
    assert one.scale == pytest.approx(1 / base.size + 1 / candidate.size)
    assert one.rounds == min(base.size, candidate.size)


def test_where_runs_differ_more_than_their_trials_the_runs_are_the_units():
    rng = np.random.default_rng(2)
    base = [rng.normal(level, 0.001, 4) for level in (0.0, 0.05, 0.10)]
    candidate = [rng.normal(level, 0.001, 4) for level in (0.02, 0.08, 0.03)]
    one = effect_of(fake_case(), "latency_quiet", base, candidate)
    means = [[run.mean() for run in side] for side in (base, candidate)]
    expected = stats.ttest_ind(means[1], means[0])
    assert one.log_ratio / np.sqrt(one.variance * one.scale) == pytest.approx(expected.statistic)
    assert one.degrees == expected.df


def test_where_runs_differ_less_than_their_trials_all_trials_are_pooled():
    shape = np.array([-0.01, 0.0, 0.01])
    one = effect_of(fake_case(), "latency_quiet", [shape, shape], [shape, shape])
    assert one.degrees == 10
    assert one.variance == pytest.approx(4 * 2e-4 / 10)


def test_one_trial_a_side_says_nothing_of_its_spread():
    one = effect_of(fake_case(), "latency_quiet", [np.zeros(1)], [np.ones(1)])
    assert (one.variance, one.degrees, one.rounds) == (0.0, 0, 1)


def test_a_time_that_never_settled_says_so_and_a_size_does_not():
    run = run_of(cases(1))
    loose = replace(run, trials=tuple(map(unsettled, run.trials)))
    found = {one.metric: one for one in effects([run], [loose], Settings())}
    assert found["latency_quiet"].note == "not steady in 5 of 5 trials"
    assert found["artifact_bytes"].note == ""


def test_memory_of_one_side_is_missing_with_its_reason_and_of_neither_is_left_out():
    chosen = cases(1)
    with_memory, without = run_of(chosen, memory=1), run_of(chosen)
    found = {one.metric: one for one in effects([with_memory], [without], Settings())}
    missing = found["peak_rss"]
    assert isinstance(missing, Missing)
    assert missing.reason.code is ReasonCode.NOT_MEASURED
    assert missing.reason.detail == "candidate: no memory pass was run"
    assert "peak_rss" not in {one.metric for one in effects([without], [without], Settings())}


def test_differences_of_little_memory_count_as_nothing():
    chosen = cases(1)
    found = effects([run_of(chosen, memory=1)], [run_of(chosen, memory=1)], Settings())
    by_metric = {one.metric: one for one in found}
    assert isinstance(by_metric["working_rss"], Effect)
    assert by_metric["working_rss"].log_ratio == 0.0


def test_a_machine_that_was_never_quiet_is_listed_though_neither_side_has_a_value():
    restless = run_of(cases(1), FakeMachine(slow_share=1.0, slices=12))
    (missing,) = effects([restless], [restless], Settings(watched=()))
    assert isinstance(missing, Missing)
    assert missing.reason.code is ReasonCode.MACHINE_UNQUIET
    assert missing.reason.detail.startswith("baseline: ")


def test_too_few_samples_for_a_percentile_in_each_trial_are_said():
    run = run_of(cases(1), QUIET, rounds=3)
    settings = Settings(metrics=("latency_p99",), watched=())
    (missing,) = effects([run], [run], settings)
    assert isinstance(missing, Missing)
    assert missing.reason.code is ReasonCode.TOO_FEW_SAMPLES


def test_what_all_trials_together_know_but_none_alone_is_no_value_to_compare():
    run = run_of(cases(1), QUIET, rounds=20)
    settings = Settings(metrics=("latency_p90",), watched=(), threshold=0.02)
    short = FakeMachine(slow_share=0.0, slices=3, iterations=10, hunting=0)
    few = run_of(cases(1), short, rounds=20)
    (found,) = effects([run], [few], settings)
    assert isinstance(found, Missing)
    assert found.reason.code is ReasonCode.TOO_FEW_SAMPLES
