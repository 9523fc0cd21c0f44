import numpy as np
import pytest

from harness.analyse.records import evidence_by_case
from harness.analyse.within import within_processes
from harness.core.run import Run
from harness.store.fake import FakeMachine, fake_header
from tests.unit.analyse.runs import CASE, OFFLINE

CALM = FakeMachine(slow_share=0.0, slices=12, hunting=0)


def evidence_of(case, *trials):
    return evidence_by_case(Run(path="run", header=fake_header((case,)), trials=trials))[case.id]


def test_the_spread_is_that_of_slices_about_the_mean_of_their_own_trial():
    trials = [
        CALM.trial(CASE, 0),
        FakeMachine(latency_ns=9_000_000, slow_share=0.0, hunting=0, slices=12).trial(CASE, 1),
    ]
    squares, degrees = 0.0, 0
    for trial in trials:
        slices = np.array(trial.timeline.samples_ns).reshape(12, 10)[1:]  # the first is warm-up
        logs = np.log(np.median(slices, axis=1))
        squares += ((logs - logs.mean()) ** 2).sum()
        degrees += logs.size - 1
    found = within_processes([evidence_of(CASE, *trials)])
    expected = (squares / degrees) ** 0.5
    assert found["latency_quiet"] == pytest.approx(expected)
    assert found["latency_p50"] == pytest.approx(expected)


def test_several_runs_count_as_one():
    trials = [CALM.trial(CASE, number) for number in range(2)]
    together = within_processes([evidence_of(CASE, *trials)])
    apart = within_processes([evidence_of(CASE, trial) for trial in trials])
    assert together == pytest.approx(apart)


def test_offline_it_is_the_spread_of_rates():
    trial = CALM.trial(OFFLINE)
    rates = np.log(10 / np.array(trial.timeline.slices.duration_ns)[1:])
    found = within_processes([evidence_of(OFFLINE, trial)])
    assert found["throughput"] == pytest.approx(rates.std(ddof=1))
    assert "latency_quiet" not in found


def test_one_slice_has_no_spread():
    short = FakeMachine(slow_share=0.0, slices=2, hunting=0)  # and the first is warm-up
    assert within_processes([evidence_of(CASE, short.trial(CASE))]) == {}
