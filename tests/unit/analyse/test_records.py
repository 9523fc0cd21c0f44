"""A run becomes records: every case, every metric, a value or the reason why there is none."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.analyse.records import records
from harness.analyse.summary import ESTIMATES
from harness.core.metric import METRICS
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Record
from harness.core.run import Run
from harness.core.trial import (
    Outcome,
    Pass,
    Status,
    Timeline,
    Verification,
)
from harness.store.fake import (
    FakeMachine,
    fake_case,
    fake_failure,
    fake_header,
    fake_memory_trial,
    fake_run,
)
from tests.unit.analyse.runs import (
    ANCHORED,
    CASE,
    CUDA,
    OFFLINE,
    code,
    map_timelines,
    run_of,
    timed,
)


def test_every_metric_has_one_estimate_and_an_entry_in_every_record():
    assert set(ESTIMATES) == set(METRICS)
    skipped_case = fake_case(77_000)
    run = fake_run((CASE, OFFLINE, CUDA, skipped_case))
    reason = Reason(code=ReasonCode.WOULD_NOT_FIT, detail="needs 9 TB", hint="buy memory")
    run = replace(run, header=replace(run.header, skipped={skipped_case.id: reason}))
    for record in records(run):
        assert list(record.values) == list(METRICS)
        assert all(value.metric == name for name, value in record.values.items())
        for name, value in record.values.items():
            elsewhere = record.case.scenario not in METRICS[name].scenarios
            found = value.reason is not None and value.reason.code is ReasonCode.NOT_IN_SCENARIO
            assert found == elsewhere


def test_records_come_in_the_order_asked_for_with_what_was_asked():
    cases = (OFFLINE, CASE)
    found = records(fake_run(cases))
    assert [record.case for record in found] == list(cases)
    assert [record.parameter_count for record in found] == [10_000, 10_000]
    assert found[0].effective == {"threads": "1"}
    assert found[0].verification == Verification(error=2e-7, tolerance=1e-5)


def only(run: Run) -> Record:
    (record,) = records(run)
    return record


def skipped(reason: Reason) -> Run:
    header = replace(fake_header((CASE,)), skipped={CASE.id: reason})
    return Run(path="fake.jsonl", header=header, trials=())


def assert_nothing_is_shown(record: Record) -> None:
    codes = {code(value) for value in record.values.values()}
    assert codes == {ReasonCode.CASE_NOT_MEASURED, ReasonCode.NOT_IN_SCENARIO}


def test_a_case_with_one_failed_trial_is_failed_and_shows_no_timing():
    trials = timed(FakeMachine())
    second = replace(fake_failure(CASE, 2), outcome=Outcome(status=Status.FAILED))
    record = only(run_of(trials[0], second, fake_failure(CASE, 1), fake_memory_trial(CASE)))
    assert record.outcome.status is Status.FAILED
    assert record.outcome.reason is not None
    assert record.outcome.reason.code is ReasonCode.WORKER_CRASHED
    assert_nothing_is_shown(record)
    value = record.values["latency_p50"]
    assert value.reason is not None
    assert value.reason.detail == "worker_crashed: signal 11"
    assert value.reason.hint == "see the traceback"


def test_a_failure_without_a_reason_is_still_one():
    trial = replace(fake_failure(CASE), outcome=Outcome(status=Status.FAILED))
    assert_nothing_is_shown(only(run_of(trial)))


def test_a_skipped_case_has_its_reason_beside_every_metric():
    reason = Reason(code=ReasonCode.NO_CUDA_DEVICE, detail="no driver", hint="use a GPU")
    record = only(skipped(reason))
    assert record.outcome == Outcome(status=Status.SKIPPED, reason=reason)
    assert_nothing_is_shown(record)


def test_a_case_whose_artifact_failed_is_failed():
    reason = Reason(code=ReasonCode.ARTIFACT_FAILED, detail="export refused")
    assert only(skipped(reason)).outcome.status is Status.FAILED


def test_a_case_that_no_trial_could_measure_is_skipped():
    reason = Reason(code=ReasonCode.PRECISION_UNSUPPORTED, detail="fp16")
    outcome = Outcome(status=Status.SKIPPED, reason=reason)
    record = only(run_of(replace(fake_failure(CASE), outcome=outcome)))
    assert record.outcome == outcome
    assert_nothing_is_shown(record)


def test_a_case_that_the_run_did_not_reach_is_skipped():
    record = only(run_of())
    assert record.outcome.status is Status.SKIPPED
    assert str(record.outcome.reason) == "not_measured: the run ended before its first trial"
    assert_nothing_is_shown(record)


def test_the_worst_error_of_all_trials_is_shown():
    trials = timed(FakeMachine())
    worse = replace(trials[1], verification=Verification(error=9e-6, tolerance=1e-5))
    record = only(run_of(trials[0], worse, replace(trials[2], verification=None)))
    assert record.verification == worse.verification
    assert only(run_of()).verification is None


@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_the_order_of_trials_in_the_file_changes_no_record(rng):
    run = fake_run((CASE, OFFLINE, CUDA))
    shuffled = list(run.trials)
    rng.shuffle(shuffled)
    assert records(replace(run, trials=tuple(shuffled))) == records(run)


DOUBLED = (
    "latency_quiet",
    "latency_p50",
    "latency_p90",
    "latency_p99",
    "host_latency_p50",
    "prepare_time",
    "first_inference",
)


def twice(values: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(2 * value for value in values)


def twice_as_slow(timeline: Timeline) -> Timeline:
    slices, probes = timeline.slices, timeline.probes
    return replace(
        timeline,
        samples_ns=twice(timeline.samples_ns),
        host_ns=twice(timeline.host_ns),
        slices=replace(
            slices, start_ns=twice(slices.start_ns), duration_ns=twice(slices.duration_ns)
        ),
        probes=replace(
            probes,
            start_ns=twice(probes.start_ns),
            native_ns=twice(probes.native_ns),
            loop_ns=twice(probes.loop_ns),
            cache_ns=twice(probes.cache_ns),
        ),
    )


def doubled(run: Run) -> Run:
    slower = map_timelines(run, twice_as_slow)
    trials = tuple(
        replace(
            trial,
            prepare_time_ns=2 * (trial.prepare_time_ns or 0),
            first_inference_ns=2 * (trial.first_inference_ns or 0),
        )
        if trial.kind is Pass.TIMING
        else trial
        for trial in slower.trials
    )
    level = run.header.level
    if level is not None:
        level = replace(level, native_ns=2 * level.native_ns)
    return replace(slower, trials=trials, header=replace(run.header, level=level))


short_or_long = st.integers(100, 2 * 10**6) | st.integers(12 * 10**6, 10**9)
"""Slices that doubling does not turn into long ones, of which fewer make a value."""


@settings(max_examples=25)
@given(
    latency_ns=short_or_long,
    slices=st.integers(1, 40),
    slow_share=st.floats(0, 1),
    rounds=st.integers(1, 4),
    anchored=st.booleans(),
)
def test_twice_the_time_is_exactly_twice_every_latency(
    latency_ns, slices, slow_share, rounds, anchored
):
    machine = FakeMachine(latency_ns=latency_ns, slices=slices, slow_share=slow_share)
    header = replace(fake_header((CASE, OFFLINE)), level=ANCHORED if anchored else None)
    run = run_of(*timed(machine, rounds), *timed(machine, rounds, OFFLINE))
    run = replace(run, header=header)
    for before, after in zip(records(run), records(doubled(run)), strict=True):
        for name in DOUBLED:
            old, new = before.values[name], after.values[name]
            ends = [old.value, old.low, old.high]
            expected = [None if end is None else 2 * end for end in ends]
            assert [new.value, new.low, new.high] == expected
            assert new.reason == old.reason
        for name in ("quiet_share", "spike_rate"):
            assert before.values[name] == after.values[name]
        half = before.values["throughput"].value
        whole = after.values["throughput"].value
        assert (half is None) == (whole is None)
        assert half is None or whole == half / 2


def test_reading_a_run_imports_no_runtime_and_no_scipy():
    code_ = (
        "import sys; from harness.analyse.records import records; import harness.store.read;"
        "names = ('torch', 'onnxruntime', 'tensorrt', 'pynvml', 'scipy');"
        "print([m for m in names if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code_], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"
