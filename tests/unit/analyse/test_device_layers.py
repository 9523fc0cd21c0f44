"""Layers of a GPU's memory: each its own figure or its own reason, never one for another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.analyse.records import evidence_by_case
from harness.analyse.trial_values import trial_values
from harness.core.memory import DeviceMemory
from harness.core.reason import Reason, ReasonCode
from harness.store.fake import FakeMachine, fake_memory_trial
from tests.unit.analyse.runs import CUDA, code, run_of, timed, values_of

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
    assert trial.memory is not None
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


SHARED = Reason(code=ReasonCode.DEVICE_SHARED, detail="two of them")


@pytest.mark.parametrize(
    ("silent", "names"),
    [
        (replace(LAYERED, used_reason=SHARED), {"device_memory_delta", "device_context"}),
        (replace(LAYERED, process_reason=SHARED, process_peak=None), {"device_memory_peak"}),
        (
            replace(LAYERED, allocator_reason=SHARED, allocated_peak=None),
            {"device_memory_allocated"},
        ),
    ],
)
def test_a_layer_that_cannot_be_read_has_its_own_reason_and_the_others_stay(silent, names):
    found = values(silent)
    for name in NAMES:
        assert (found[name].reason == SHARED) is (name in names)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        (replace(LAYERED, process_peak=490 * MIB), "device_memory_peak"),
        (replace(LAYERED, used_peak=600 * MIB), "device_memory_delta"),
        (replace(LAYERED, allocated_peak=1), "device_memory_allocated"),
        (replace(LAYERED, used_context=99 * MIB), "device_context"),
    ],
)
def test_a_layer_that_reads_below_what_the_network_needs_is_a_fault_of_its_meter(wrong, name):
    found = values(wrong)
    assert code(found[name]) is ReasonCode.METER_READS_TOO_LOW
    assert "please report" in found[name].reason.hint
    trial = fake_memory_trial(CUDA)
    assert trial.memory is not None
    memory = replace(trial.memory, device=wrong, device_peak=wrong.process_peak)
    run = run_of(*timed(FakeMachine(), case=CUDA), replace(trial, memory=memory), case=CUDA)
    assert trial_values(name, evidence_by_case(run)[CUDA.id]) == ()


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
