import csv
import io
import json
import math
from dataclasses import replace
from random import Random

import pytest

from harness.core.case import Scenario
from harness.core.metric import METRICS
from harness.core.record import Value
from harness.report.rows import as_csv, as_json, as_objects

DESIGNED = {
    "case_id", "options", "variant", "family", "preset", "parameter_count", "backend", "device",
    "precision", "batch_size", "threads", "scenario", "status", "reason", "metrics", "effective",
    "verification",
}  # fmt: skip
DESIGNED_METRICS = {
    "latency_quiet", "quiet_share", "latency_p50", "latency_p90", "latency_p99",
    "host_latency_p50", "device_time_p50", "throughput", "prepare_time", "first_inference",
    "peak_rss", "weights_rss", "device_memory_peak", "artifact_bytes", "energy_per_item",
    "power_mean", "spike_rate",
}  # fmt: skip


@pytest.fixture
def records(make_record, skipped):
    return [
        make_record(values={"latency_quiet": 1e-3, "artifact_bytes": 4e5}),
        make_record(values={"latency_quiet": 1e-3}, replica=1),
        make_record(backend="tensorrt", device="cuda:0", outcome=skipped),
        make_record("cnn", scenario=Scenario.OFFLINE, batch_size=8, values={"throughput": 5e4}),
        make_record("resnet", preset="resnet50", options=(("a", "1"), ("b", "2"))),
    ]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_an_object_has_the_designed_keys_and_which_replica_it_is(records):
    for described in as_objects(records):
        assert set(described) == DESIGNED | {"replica", "processes", "rate", "bound", "facts"}


def test_every_metric_has_unit_value_ends_and_counts(records):
    for described in as_objects(records):
        metrics = described["metrics"]
        assert set(metrics) >= DESIGNED_METRICS
        assert list(metrics) == list(METRICS)
        for name, metric in metrics.items():
            assert metric["unit"] == METRICS[name].unit
            assert {"value", "low", "high", "n_trials", "n_samples"} <= set(metric)


def test_a_metric_has_a_reason_and_a_hint_exactly_where_it_is_null(records):
    for described in as_objects(records):
        for metric in described["metrics"].values():
            is_null = metric["value"] is None
            assert ("reason_code" in metric) == ("hint" in metric) == is_null


def test_a_skipped_case_gives_its_reason_and_its_hint_to_every_metric(records):
    row = next(row for row in as_objects(records) if row["backend"] == "tensorrt")
    assert row["status"] == "skipped"
    assert row["reason"] == "no_cuda_device: no device found"
    assert row["metrics"]["latency_quiet"]["reason_code"] == "case_not_measured"
    assert row["metrics"]["latency_quiet"]["hint"] == "run where there is a GPU"


def test_a_completed_case_has_no_reason_and_its_verification(records):
    row = as_objects(records)[0]
    assert row["reason"] is None
    assert row["verification"] == {"error": 1e-7, "tolerance": 1e-5}
    assert row["effective"] == {"threads": "1"}


def test_a_case_that_was_not_verified_says_null(make_record):

    (row,) = as_objects([replace(make_record(), verification=None)])
    assert row["verification"] is None


def test_options_are_an_object_and_presets_have_their_name(records):
    row = next(row for row in as_objects(records) if row["preset"])
    assert row["preset"] == "resnet50"
    assert row["options"] == {"a": "1", "b": "2"}


def test_a_note_is_given_beside_the_number(make_record):
    noted = Value(metric="latency_quiet", value=1e-3, note="unanchored")
    (row,) = as_objects([make_record(values={"latency_quiet": noted})], ["latency_quiet"])
    assert row["metrics"]["latency_quiet"]["note"] == "unanchored"


def test_values_are_not_scaled_or_rounded(make_record):
    value = 1.2345678901234e-5
    (row,) = as_objects([make_record(values={"latency_quiet": value})])
    assert row["metrics"]["latency_quiet"]["value"] == value


def test_json_holds_no_infinity_and_only_ascii(make_record):
    open_end = Value(metric="latency_quiet", value=1e-3, low=1e-4, high=math.inf)
    text = as_json([make_record("mlp\u202e", values={"latency_quiet": open_end})])
    assert text.isascii()
    assert json.loads(text)[0]["metrics"]["latency_quiet"]["high"] is None


def test_chosen_metrics_are_the_only_ones(records):
    assert all(set(row["metrics"]) == {"spike_rate"} for row in as_objects(records, ["spike_rate"]))
    assert "latency_quiet" not in as_csv(records, ["spike_rate"])


def test_the_order_of_the_records_changes_neither_json_nor_csv(records):
    for seed in range(10):
        shuffled = Random(seed).sample(records, len(records))
        assert as_json(shuffled) == as_json(records)
        assert as_csv(shuffled) == as_csv(records)


def test_csv_read_back_has_the_values_of_the_objects(records):
    for row, described in zip(rows_of(as_csv(records)), as_objects(records), strict=True):
        assert row["case_id"] == described["case_id"]
        assert int(row["parameter_count"]) == described["parameter_count"]
        for name, metric in described["metrics"].items():
            for suffix, key in (("", "value"), ("_low", "low"), ("_high", "high")):
                cell = row[name + suffix]
                assert (float(cell) if cell else None) == metric[key]
            assert row[f"{name}_reason"] == metric.get("reason_code", "")


def test_a_null_is_an_empty_cell_and_never_a_zero(records):
    for row in rows_of(as_csv(records)):
        for name in METRICS:
            assert (row[name] == "") == (row[f"{name}_reason"] != "")
            assert row[name] != "0"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_text_of_a_file_is_a_formula_in_a_spreadsheet(make_record, start):
    hostile = f"{start}cmd|' /C calc'!A0,\"x\"\n"
    (row,) = rows_of(as_csv([make_record(preset=hostile, backend=hostile)]))
    assert row["preset"] == f"'{hostile}"
    assert row["backend"] == f"'{hostile}"


def test_negative_numbers_stay_numbers(make_record):
    value = Value(metric="weights_rss", value=-5.0, low=-6.0, high=-4.0)
    (row,) = rows_of(as_csv([make_record(values={"weights_rss": value})]))
    assert float(row["weights_rss"]) == -5.0


def test_options_are_one_cell(make_record):
    (row,) = rows_of(as_csv([make_record(options=(("a", "1"), ("b", "2")))]))
    assert row["options"] == "a=1 b=2"


def test_the_reason_of_a_case_stands_in_its_row(make_record, skipped):
    (row,) = rows_of(as_csv([make_record(outcome=skipped)]))
    assert row["status"] == "skipped"
    assert row["reason"].startswith("no_cuda_device")
