from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.distribution import BARS, distributions
from harness.core.trial import Decision, Outcome, Pass, Side, Slices, Status, StopReason, Timeline
from harness.store.fake import FakeMachine, fake_failure

from .runs import CASE, OFFLINE, run_of, timed


def plain(values_ns, warm_up=0):
    """Make a trial whose samples are all its slices' and none is hunted for."""
    count = len(values_ns)
    slices = Slices(
        start_ns=tuple(range(count)),
        duration_ns=tuple(values_ns),
        iterations=(1,) * count,
        skipped=(0,) * count,
        before=(0,) * count,
        after=(0,) * count,
        waited_ns=(0,) * count,
        hunting=(0,) * count,
    )
    trial = FakeMachine().trial(CASE)
    decision = Decision(stopped=StopReason.PRECISE, warm_up_slices=warm_up)
    return replace(
        trial, timeline=Timeline(samples_ns=tuple(values_ns), slices=slices), decision=decision
    )


def test_bars_hold_every_sample_of_every_trial():
    values = [1_000_000 + 1000 * place for place in range(200)]
    found = distributions(run_of(plain(values), plain(values)), [CASE.id])[CASE.id]
    assert found.samples == 400
    assert found.trials == 2
    assert len(found.counts) == BARS
    assert found.median == pytest.approx(float(np.median(values)) * 1e-9)
    assert found.largest == pytest.approx(max(values) * 1e-9)


def test_what_lies_beyond_the_bars_is_counted_in_the_outermost():
    values = [1_000_000 + place for place in range(1000)] + [900_000_000]
    found = distributions(run_of(plain(values)), [CASE.id])[CASE.id]
    assert found.samples == 1001
    assert found.low + BARS * found.step < 0.1
    assert found.largest == pytest.approx(0.9)


def test_warm_up_does_not_count():
    values = [50_000_000] * 5 + [1_000_000 + place for place in range(100)]
    found = distributions(run_of(plain(values, warm_up=5)), [CASE.id])[CASE.id]
    assert found.samples == 100
    assert found.largest < 0.01


def test_equal_samples_are_one_bar():
    found = distributions(run_of(plain([1_000_000] * 50)), [CASE.id])[CASE.id]
    assert found.samples == 50
    assert found.step > 0


def test_too_few_samples_are_no_distribution():
    assert distributions(run_of(plain([1_000_000] * 5)), [CASE.id]) == {}


def test_only_timings_of_the_baseline_that_completed_count():
    good = timed(FakeMachine(), rounds=1)
    other = replace(good[0], side=Side.CANDIDATE)
    weighed = replace(good[0], kind=Pass.MEMORY)
    without = replace(good[0], timeline=None)
    failed = replace(good[0], outcome=Outcome(status=Status.FAILED))
    run = run_of(good[0], other, weighed, without, failed, fake_failure(CASE))
    assert distributions(run, [CASE.id])[CASE.id].trials == 1


def test_a_case_that_was_not_asked_for_or_has_no_single_iterations_has_none():
    assert distributions(run_of(*timed(FakeMachine())), ["another"]) == {}
    offline = run_of(*timed(FakeMachine(), case=OFFLINE), case=OFFLINE)
    assert distributions(offline, [OFFLINE.id]) == {}
