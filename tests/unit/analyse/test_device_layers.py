"""Layers of a GPU's memory: each its own figure or its own reason, never one for another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.memory import DeviceMemory
from harness.core.reason import Reason, ReasonCode
from harness.store.fake import FakeMachine, fake_memory_trial
from tests.unit.analyse.runs import CUDA, code, timed, values_of

MIB = 1 << 20
LAYERED = DeviceMemory(
    device="c0ffee",
    used_before=100 * MIB,
    used_context=600 * MIB,
    used_peak=750 * MIB,
    process_context=490 * MIB,
    process_peak=640 * MIB,
    allocated_peak=40 * MIB,
    reserved_peak=60 * MIB,
)
NAMES = ("device_memory_peak", "device_memory_delta", "device_memory_allocated", "device_context")


def values(found, **changes):
    trial = fake_memory_trial(CUDA)
    peak = None if found is None else found.process_peak
    memory = replace(trial.memory, device=found, device_peak=peak, **changes)
    trials = (*timed(FakeMachine(), case=CUDA), replace(trial, memory=memory))
    return values_of(*trials, case=CUDA)


def test_each_layer_is_its_own_figure():
    found = values(LAYERED)
    assert {name: found[name].value for name in NAMES} == {
        "device_memory_peak": 640 * MIB,
        "device_memory_delta": 650 * MIB,
        "device_memory_allocated": 40 * MIB,
        "device_context": 500 * MIB,
    }


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("used_reason", {"device_memory_delta", "device_context"}),
        ("process_reason", {"device_memory_peak"}),
        ("allocator_reason", {"device_memory_allocated"}),
    ],
)
def test_a_layer_that_cannot_be_read_has_its_own_reason_and_the_others_stay(field, names):
    reason = Reason(code=ReasonCode.DEVICE_SHARED, detail="two of them")
    blank = {"process_peak": None, "allocated_peak": None} if field != "used_reason" else {}
    mine = {name: None for name in blank if name.startswith(field.partition("_")[0][:5])}
    found = values(replace(LAYERED, **{field: reason}, **mine))
    for name in NAMES:
        assert (found[name].reason == reason) is (name in names)


@pytest.mark.parametrize(
    ("low", "name"),
    [
        ({"process_peak": 490 * MIB}, "device_memory_peak"),
        ({"used_peak": 600 * MIB}, "device_memory_delta"),
        ({"allocated_peak": 1}, "device_memory_allocated"),
        ({"used_context": 99 * MIB}, "device_context"),
    ],
)
def test_a_layer_that_reads_below_what_the_network_needs_is_a_fault_of_its_meter(low, name):
    found = values(replace(LAYERED, **low))
    assert code(found[name]) is ReasonCode.METER_READS_TOO_LOW
    assert "please report" in found[name].reason.hint


def test_without_any_reading_the_reason_is_that_of_the_device_or_of_the_pass():
    reason = Reason(code=ReasonCode.NVML_LIBRARY_NOT_FOUND, detail="no driver")
    found = values(None, device_reason=reason)
    assert all(found[name].reason == reason for name in NAMES)
    found = values(None)
    assert all(code(found[name]) is ReasonCode.NOT_MEASURED for name in NAMES)
    none = values_of(*timed(FakeMachine(), case=CUDA), case=CUDA)
    assert all(code(none[name]) is ReasonCode.NOT_MEASURED for name in NAMES)
    unread = replace(LAYERED, used_context=None, used_before=None)
    assert code(values(unread)["device_context"]) is ReasonCode.NOT_MEASURED
