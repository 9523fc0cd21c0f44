"""What every meter promises: a number, or a reason of the closed list."""

from __future__ import annotations

import pytest

from harness.core.errors import Unavailable, UsageError
from harness.core.reason import ReasonCode
from harness.meters.registry import METERS, load


@pytest.mark.parametrize("name", METERS)
def test_a_meter_reads_a_number_or_says_why_not(name):
    meter = load(name)
    reason = meter.availability()
    if reason is None:
        assert isinstance(meter.read(), int)
        return
    with pytest.raises(Unavailable) as caught:
        meter.read()
    assert caught.value.reason == reason
    assert reason.code in set(ReasonCode)
    assert reason.detail


@pytest.mark.parametrize("name", METERS)
def test_a_meter_says_its_unit(name):
    assert load(name).unit in {"B", "uJ", "mJ"}


def test_an_unknown_meter_is_answered_with_the_nearest_names():
    with pytest.raises(UsageError, match="rapl"):
        load("rapple")
    with pytest.raises(UsageError, match="host_memory"):
        load("zzz")
