"""Time, disk, memory and energy beside the latency: measured, or null with the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.analyse.records import no_energy_reason, records
from harness.core.reason import Reason, ReasonCode
from harness.core.trial import (
    HostMemory,
    Outcome,
    Status,
    Timeline,
    Trial,
)
from harness.store.fake import (
    FakeMachine,
    fake_header,
    fake_memory_trial,
)
from tests.unit.analyse.runs import (
    CASE,
    CUDA,
    code,
    map_timelines,
    run_of,
    timed,
    values_of,
)


def test_what_is_measured_once_a_trial_is_averaged_over_trials():
    trials = [
        replace(trial, prepare_time_ns=time, first_inference_ns=4 * time)
        for trial, time in zip(timed(FakeMachine()), (1_000, 2_000, 4_000), strict=True)
    ]
    values = values_of(*trials)
    assert values["prepare_time"].value == pytest.approx(2e-6)
    assert values["first_inference"].value == pytest.approx(8e-6)
    assert values["artifact_bytes"].value == 408_040
    assert values["artifact_bytes"].low == 408_040
    bare = [
        replace(trial, prepare_time_ns=None, first_inference_ns=0, artifact_bytes=None)
        for trial in trials
    ]
    values = values_of(*bare)
    assert code(values["prepare_time"]) is ReasonCode.NOT_MEASURED
    assert code(values["first_inference"]) is ReasonCode.METER_READS_TOO_LOW
    assert code(values["artifact_bytes"]) is ReasonCode.NOT_MEASURED


def test_a_build_counts_once_however_many_trials_loaded_it():
    trials = timed(FakeMachine())
    assert len(trials) == 3
    built = [
        replace(trial, build_time_ns=time)
        for trial, time in zip(trials, (2_000_000, 2_000_000, 8_000_000), strict=True)
    ]
    value = values_of(*built)["build_time"]
    assert value.value == pytest.approx(4e-3)
    assert value.n_samples == 2
    assert code(values_of(*trials)["build_time"]) is ReasonCode.NOT_MEASURED


PARTS = ("weights_rss", "working_rss", "runtime_rss", "load_peak_rss")


def weighed(**changes: int | None) -> Trial:
    trial = fake_memory_trial(CASE)
    assert trial.memory is not None
    memory = replace(trial.memory, **changes)  # type: ignore[arg-type]  # all of them are bytes
    return replace(trial, memory=memory)


def test_memory_is_split_into_runtime_weights_and_work():
    anonymous = {"runtime_anonymous": 50, "loaded_anonymous": 40_145, "steady": None}
    first = weighed(
        runtime=200, load_peak=320, loaded=300, run_peak=350, lower_bound=90, **anonymous
    )
    second = weighed(
        runtime=210, load_peak=420, loaded=310, run_peak=350, lower_bound=90, **anonymous
    )
    values = values_of(*timed(FakeMachine()), first, replace(second, round=1))
    expected = {
        "runtime_rss": 205.0,
        "load_peak_rss": 370.0,
        "weights_rss": 40_095.0,
        "working_rss": 45.0,
        "peak_rss": 385.0,
    }
    assert {name: values[name].value for name in expected} == expected
    assert values["memory_bound"].value == 90.0
    assert values["weights_rss"].low == 40_095.0
    assert values["peak_rss"].low == 0.0
    assert values["peak_rss"].n_trials == 2


def test_weights_that_a_runtime_only_maps_are_not_called_small():
    held = fake_memory_trial(CASE).memory
    assert held is not None
    kept = 4 * CASE.nominal
    for spare, is_known in ((0, True), (-1, False)):
        trial = weighed(loaded_anonymous=held.runtime_anonymous + kept + spare)
        value = values_of(*timed(FakeMachine()), trial)["weights_rss"]
        assert (value.value == kept + spare) is is_known
        assert is_known or code(value) is ReasonCode.METER_READS_TOO_LOW


def test_the_anonymous_peak_is_that_of_either_phase_less_its_file_pages():
    sizes = {"runtime": 200, "lower_bound": 90, "inputs": 0, "runtime_anonymous": 50}
    loading = {"load_peak": 900, "loaded": 300, "loaded_anonymous": 250}
    running = {"run_peak": 800, "steady": 700, "steady_anonymous": 400, "steady_exact": 700}
    values = values_of(*timed(FakeMachine()), weighed(**sizes, **loading, **running))
    assert values["peak_anonymous"].value == 900 - 50
    assert values["steady_rss"].value == 700
    more = {"run_peak": 1200, "steady_exact": 800}
    values = values_of(*timed(FakeMachine()), weighed(**sizes, **loading, **{**running, **more}))
    assert values["peak_anonymous"].value == 1200 - 300
    assert values["steady_rss"].note == "the kernel's counters are 12% off"


@pytest.mark.parametrize("missing", ["steady", "steady_anonymous"])
def test_trials_of_older_versions_have_no_anonymous_peak_and_say_so(missing):
    values = values_of(*timed(FakeMachine()), weighed(**{missing: None}))
    assert code(values["peak_anonymous"]) is ReasonCode.NOT_MEASURED
    assert values["peak_rss"].value is not None
    assert code(values_of(*timed(FakeMachine()))["memory_bound"]) is ReasonCode.NOT_MEASURED


def test_inputs_that_were_there_before_are_not_asked_of_the_peak_again():
    needs = {"lower_bound": 15_000_001, "inputs": 0}
    values = values_of(*timed(FakeMachine()), weighed(**needs))
    assert code(values["peak_rss"]) is ReasonCode.METER_READS_TOO_LOW
    values = values_of(*timed(FakeMachine()), weighed(**{**needs, "inputs": 1}))
    assert values["peak_rss"].value is not None


def test_on_a_gpu_the_host_need_not_hold_the_network():
    held = fake_memory_trial(CUDA)
    assert held.memory is not None
    light = replace(held.memory, lower_bound=10**9, loaded_anonymous=held.memory.runtime_anonymous)
    values = values_of(*timed(FakeMachine(), case=CUDA), replace(held, memory=light), case=CUDA)
    assert values["peak_rss"].value is not None
    assert values["weights_rss"].value == 0


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        ({"lower_bound": 10**9}, "the mark reads 215"),
        ({"steady": 10**9}, "the mark of running reads 215"),
        ({"loaded": 100_000_000}, "100000000 B after the load"),
        ({"run_peak": 205_000_000}, "the mark of running reads 205000000 B"),
    ],
)
def test_a_meter_that_contradicts_itself_is_shown_as_one(wrong, detail):
    values = values_of(*timed(FakeMachine()), weighed(), replace(weighed(**wrong), round=1))
    for name in ("peak_rss", "peak_anonymous", "steady_rss", *PARTS):
        assert code(values[name]) is ReasonCode.METER_READS_TOO_LOW
    reason = values["peak_rss"].reason
    assert reason is not None
    assert reason.detail.startswith(detail)


def test_memory_that_could_not_be_weighed_has_the_reason_of_its_pass():
    reason = Reason(code=ReasonCode.HIGH_WATER_MARK_UNAVAILABLE, detail="no such file", hint="x")
    outcome = Outcome(status=Status.SKIPPED, reason=reason)
    memory = replace(fake_memory_trial(CASE), memory=None, outcome=outcome)
    (record,) = records(run_of(*timed(FakeMachine()), memory))
    assert record.outcome.status is Status.COMPLETED
    assert record.values["peak_rss"].reason == reason
    assert code(values_of(*timed(FakeMachine()))["peak_rss"]) is ReasonCode.NOT_MEASURED


def test_device_figures_are_the_gpus_or_null():
    cpu = values_of(*timed(FakeMachine()), weighed())
    assert code(cpu["device_memory_peak"]) is ReasonCode.NOT_ON_THIS_DEVICE
    assert code(cpu["device_time_p50"]) is ReasonCode.NOT_ON_THIS_DEVICE
    trials = timed(FakeMachine(), case=CUDA)
    none = values_of(*trials, case=CUDA)
    assert code(none["device_memory_peak"]) is ReasonCode.NOT_MEASURED
    assert code(none["device_time_p50"]) is ReasonCode.NOT_MEASURED

    def with_device(timeline: Timeline) -> Timeline:
        return replace(timeline, device_ns=timeline.host_ns, host_ns=())

    (record,) = records(map_timelines(run_of(*trials, case=CUDA), with_device))
    assert record.values["device_time_p50"].value is not None
    assert code(record.values["host_latency_p50"]) is ReasonCode.NOT_MEASURED


def test_device_memory_is_the_drivers_or_its_reason():
    trial = fake_memory_trial(CUDA)
    held = trial.memory
    assert isinstance(held, HostMemory)
    reason = Reason(code=ReasonCode.NVML_NO_PERMISSION, detail="refused")
    refused = replace(trial, memory=replace(held, device_reason=reason))
    known = replace(trial, memory=replace(held, device_peak=50_000_000))
    timing = timed(FakeMachine(), case=CUDA)
    assert values_of(*timing, refused, case=CUDA)["device_memory_peak"].reason == reason
    assert values_of(*timing, known, case=CUDA)["device_memory_peak"].value == 50_000_000.0


def test_why_there_is_no_energy_is_what_the_run_said():
    header = fake_header((CASE,))
    values = values_of(*timed(FakeMachine()))
    assert code(values["energy_per_item"]) is ReasonCode.POWERCAP_NOT_EXPOSED
    assert code(values["power_mean"]) is ReasonCode.POWERCAP_NOT_EXPOSED
    for system in ({}, {"energy_reason_code": "from the future"}):
        environment = replace(header.environment, system=system)
        assert no_energy_reason(environment).code is ReasonCode.NOT_MEASURED
