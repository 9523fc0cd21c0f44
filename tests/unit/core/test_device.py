"""Throttling of a trial's GPU: shares of its time, and when the trial is void."""

from __future__ import annotations

import pytest

from harness.core.device import DeviceReading, DeviceState, Throttle
from harness.core.trial import Trial
from harness.core.wire import decode, encode
from harness.store.fake import FakeMachine, fake_case

S = 1_000_000_000


def state(before=None, after=None, borders=(None, None)) -> DeviceState:
    """Make up two seconds: counters in ns at both ends, and what held clocks back there."""
    return DeviceState(
        uuid="0f2a91c0",
        before=DeviceReading(at_ns=5 * S, throttled_ns=before or {}, throttles=borders[0]),
        after=DeviceReading(at_ns=7 * S, throttled_ns=after or {}, throttles=borders[1]),
    )


def test_shares_are_of_the_time_between_the_borders():
    seen = state(
        {"sw_thermal": 3 * S, "power_cap": 0, "hw_thermal": 0},
        {"sw_thermal": 3 * S + S // 5, "power_cap": 2 * S, "power_brake": 9},
    )
    assert seen.throttled_shares() == {Throttle.SW_THERMAL: 0.1, Throttle.POWER_CAP: 1.0}
    assert seen.disturbed_share() == pytest.approx(0.1)
    assert seen.is_throttled


def test_reasons_that_overlap_are_counted_as_if_they_did_not():
    seen = state({"sw_thermal": 0, "power_brake": 0}, {"sw_thermal": 2 * S, "power_brake": S})
    assert seen.disturbed_share() == 1.0


def test_a_power_limit_that_is_reached_leaves_a_trial_valid():
    assert not state(
        {"power_cap": 0, "hw_thermal": 0}, {"power_cap": 2 * S, "hw_thermal": 0}
    ).is_throttled
    assert not state(borders=((Throttle.POWER_CAP,), (Throttle.POWER_CAP,))).is_throttled


def test_a_twentieth_of_the_time_is_not_yet_too_much():
    limit = {"hw_thermal": S // 10}
    assert not state({"hw_thermal": 0}, limit).is_throttled
    assert state({"hw_thermal": 0}, {"hw_thermal": S // 10 + 1000}).is_throttled


def test_a_driver_that_counts_no_time_is_believed_at_the_borders():
    hot = (Throttle.HW_THERMAL,)
    assert state(borders=((), ())).disturbed_share() == 0.0
    assert state(borders=((), hot)).disturbed_share() == 0.5
    assert state(borders=(None, hot)).disturbed_share() == 1.0


def test_a_counter_that_began_again_counts_no_time_below_zero():
    assert state({"hw_thermal": 9 * S}, {"hw_thermal": 0}).disturbed_share() == 0.0


def test_nothing_told_is_not_known_and_not_held_against_the_trial():
    assert state().disturbed_share() is None
    assert not state().is_throttled


def test_the_state_travels_with_its_trial():
    case = fake_case()
    trial = FakeMachine().trial(case, 0)
    full = Trial(
        case_id=case.id,
        round=0,
        kind=trial.kind,
        started_at="2026-01-02T03:04:05+00:00",
        outcome=trial.outcome,
        device=state({"sw_thermal": 1}, {"sw_thermal": 2}, ((), (Throttle.SW_THERMAL,))),
    )
    assert decode(encode(full), Trial) == full
