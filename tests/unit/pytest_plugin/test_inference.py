import json
from dataclasses import replace

import pytest

from harness.analyse.records import records
from harness.core.errors import StoreError
from harness.core.reason import Reason, ReasonCode
from harness.core.trial import Outcome, Status
from harness.pytest_plugin.inference import Inference, explained, extra_info
from harness.pytest_plugin.replay import ReplayTimer
from harness.store.fake import fake_case, fake_failure, fake_run
from tests.unit.pytest_plugin.standins import FakeBenchmark, asked, measured

CASE = fake_case()
RUN = fake_run((CASE,))
(RECORD,) = records(RUN)


def failed_record():
    return records(replace(RUN, trials=(fake_failure(CASE),)))[0]


def skipped_record():
    reason = Reason(code=ReasonCode.NO_CUDA_DEVICE, detail="none", hint="get one")
    header = replace(RUN.header, skipped={CASE.id: reason})
    return records(replace(RUN, header=header, trials=()))[0]


def inference(record=RECORD, samples=(1e-3, 2e-3), not_measured="", *, benchmark=True):
    timer = ReplayTimer()
    stand_in = FakeBenchmark(timer)

    def measure(wanted):
        del wanted
        if isinstance(record, Exception):
            raise record
        return measured(RUN, record, samples)

    found = Inference(
        measure=measure,
        read=lambda settings: asked(**settings),
        not_measured=not_measured,
        replay=(stand_in, timer) if benchmark else None,
    )
    return found, stand_in


def test_what_was_measured_goes_into_the_table_with_everything_it_has_no_column_for():
    found, benchmark = inference()
    found.take(asked())
    assert benchmark.durations_s == [1e-3, 2e-3]
    info = json.loads(json.dumps(benchmark.extra_info))
    assert info["parameter_count"] == 10_000
    assert info["metrics"]["latency_p50"]["low"] <= info["metrics"]["latency_p50"]["value"]
    assert {"latency_p90", "latency_p99", "peak_rss"} <= set(info["metrics"])
    assert info["metrics"]["energy_per_item"]["reason_code"] == "powercap_not_exposed"
    assert info["effective"] == {"threads": "1"}
    assert info["run_file"] == "fake.jsonl"
    assert info["case"] == CASE.slug


def test_without_pytest_benchmark_the_figures_are_there_all_the_same():
    found, _ = inference(benchmark=False)
    found.take(asked())
    assert found.value("latency_p50") == RECORD.values["latency_p50"].value


def test_a_test_that_measures_in_its_body_gets_the_record():
    found, _ = inference()
    assert not found.is_measured
    assert found.measure(threads=2) is RECORD
    assert found.is_measured


def test_a_test_measures_one_case():
    found, _ = inference()
    found.measure()
    with pytest.raises(pytest.fail.Exception, match="one test measures one case"):
        found.measure()


def test_a_setting_that_does_not_exist_fails_the_test_in_one_line():
    found, benchmark = inference()
    with pytest.raises(pytest.fail.Exception, match="'treads'; did you mean threads") as caught:
        found.measure(treads=2)
    assert not caught.value.pytrace
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert benchmark.is_used  # else pytest-benchmark would complain, too


def test_a_lambda_fails_the_test_with_the_rewrite():
    found, _ = inference()
    with pytest.raises(pytest.fail.Exception, match=r"networks\.py"):
        found.network(lambda: None)


def test_a_network_is_asked_for_by_its_reference():
    seen: list[object] = []

    def read(settings):
        seen.append(settings)
        return asked()

    found = Inference(
        measure=lambda _: measured(RUN, RECORD),
        read=read,
        not_measured="",
        replay=None,
    )
    found.network(json.dumps, backend="onnxruntime")
    assert seen == [{"module": "json:dumps", "backend": "onnxruntime"}]


def test_a_case_that_this_machine_cannot_measure_is_a_skip_with_its_reason():
    found, _ = inference(skipped_record())
    with pytest.raises(pytest.skip.Exception, match=r"no_cuda_device: none; get one"):
        found.take(asked())


def test_a_case_that_failed_is_a_failure_with_reason_and_traceback():
    found, benchmark = inference(failed_record())
    with pytest.raises(pytest.fail.Exception) as caught:
        found.take(asked())
    told = str(caught.value)
    assert "worker_crashed: signal 11; see the traceback\nSegmentation fault" in told
    assert benchmark.has_error


def test_a_run_that_cannot_be_written_is_a_failure_in_one_line():
    found, _ = inference(StoreError("the disk is full"))
    with pytest.raises(pytest.fail.Exception, match="the disk is full"):
        found.take(asked())


def test_a_case_without_a_sample_is_a_failure_that_says_what_to_do():
    found, _ = inference(samples=())
    with pytest.raises(pytest.fail.Exception, match="give it more seconds"):
        found.take(asked())


def test_a_missing_figure_fails_the_test_that_wants_it_and_says_why():
    found, benchmark = inference()
    found.take(asked())
    with pytest.raises(pytest.fail.Exception, match="energy_per_item has no value: powercap"):
        found.value("energy_per_item")
    assert benchmark.durations_s == [1e-3, 2e-3]


def test_a_metric_that_does_not_exist_is_answered_with_the_nearest():
    found, _ = inference()
    with pytest.raises(pytest.fail.Exception, match="'latency'; did you mean latency_p"):
        found.value("latency")


def test_before_anything_was_measured_there_is_no_record_and_the_way_is_shown():
    found, _ = inference()
    with pytest.raises(pytest.fail.Exception, match=r"nothing was measured: .*inference\.network"):
        assert found.record


def test_where_nothing_is_measured_the_test_runs_and_figures_end_it_skipped():
    found, benchmark = inference(samples=(), not_measured="--benchmark-disable")
    found.take(asked())
    assert not found.enabled
    assert benchmark.extra_info == {}
    with pytest.raises(pytest.skip.Exception, match="no figures: --benchmark-disable"):
        found.value("latency_p50")


def test_where_nothing_is_measured_a_broken_case_still_fails():
    found, _ = inference(failed_record(), samples=(), not_measured="--benchmark-disable")
    with pytest.raises(pytest.fail.Exception, match="worker_crashed"):
        found.take(asked())


def test_an_outcome_without_a_reason_is_its_status():
    assert explained(Outcome(status=Status.FAILED)) == "failed"


def test_extra_info_is_plain_json():
    assert json.loads(json.dumps(extra_info(measured(RUN, RECORD))))["status"] == "completed"
