"""Trials of a GPU that was held back are void: left out, said so, and never all there is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.analyse.outcome import is_void
from harness.analyse.records import records
from harness.core.device import DeviceReading, DeviceState
from harness.core.reason import ReasonCode
from harness.core.trial import Status, Trial
from harness.store.fake import FakeMachine, fake_energy_trial
from tests.unit.analyse.runs import CUDA, run_of, timed, values_of

S = 1_000_000_000


def held_back(trial: Trial, share: float) -> Trial:
    """Have the board too hot for a share of the trial."""
    ends = (0, round(share * S))
    before, after = (
        DeviceReading(at_ns=place * S, throttled_ns={"hw_thermal": ends[place]}) for place in (0, 1)
    )
    return replace(trial, device=DeviceState(uuid="0f2a", before=before, after=after))


def test_a_trial_that_was_held_back_for_over_a_twentieth_is_left_out_and_that_is_said():
    first, second, third = timed(FakeMachine(), case=CUDA)
    calm = values_of(first, third, case=CUDA)["latency_p50"]
    value = values_of(first, held_back(second, 0.2), third, case=CUDA)["latency_p50"]
    assert value.value == calm.value
    assert value.n_trials == 2
    assert "1 throttled trials left out" in value.note
    assert not is_void(held_back(second, 0.04))


def test_the_trial_that_was_taken_again_stands_in_its_place():
    first, second, third = timed(FakeMachine(), case=CUDA)
    value = values_of(first, held_back(second, 0.5), second, third, case=CUDA)["latency_p50"]
    assert value.n_trials == 3


def test_a_case_whose_every_trial_was_held_back_has_no_figures_and_says_why():
    trials = [held_back(trial, 0.3) for trial in timed(FakeMachine(), case=CUDA)]
    (record,) = records(run_of(*trials, case=CUDA))
    assert record.outcome.status is Status.FAILED
    assert record.outcome.reason.code is ReasonCode.DEVICE_THROTTLED
    assert "for 30% of the last" in record.outcome.reason.detail
    assert record.values["latency_p50"].value is None


@pytest.mark.parametrize("share", [0.0, 0.05])
def test_a_trial_within_the_bound_counts(share):
    trials = [held_back(trial, share) for trial in timed(FakeMachine(), case=CUDA)]
    assert values_of(*trials, case=CUDA)["latency_p50"].n_trials == 3


def test_an_energy_trial_that_was_held_back_is_left_out_and_alone_it_is_the_reason():
    good, bad = fake_energy_trial(CUDA, 1), held_back(fake_energy_trial(CUDA, 0, 90.0), 0.3)
    timing = timed(FakeMachine(), case=CUDA)
    power = values_of(*timing, bad, good, case=CUDA)["power_mean"]
    assert power.value == pytest.approx(40.0)
    assert power.n_trials == 1
    alone = values_of(*timing, bad, case=CUDA)["power_mean"]
    assert alone.value is None
    assert alone.reason.code is ReasonCode.DEVICE_THROTTLED
