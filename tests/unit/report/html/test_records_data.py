import json
from dataclasses import replace

import pytest

from harness.core.case import Scenario
from harness.core.record import Value
from harness.report.html.records_data import table_of

HOSTILE = "</script><img src=x onerror=alert(1)>"


def column(table, heading):
    return next(one for one in table["columns"] if one["heading"] == heading)


def texts(table, heading):
    found = column(table, heading)
    if "codes" in found:
        return [found["texts"][code] for code in found["codes"]]
    return found["texts"]


def test_every_column_has_one_cell_a_record(make_record, skipped):
    records = [
        make_record("mlp", n, backend, values={"latency_quiet": 1e-3})
        for n in (10, 100)
        for backend in ("eager", "onnxruntime")
    ]
    table = table_of([("machine", [*records, make_record("cnn", outcome=skipped)])])
    assert table["count"] == 5
    assert len(table["ids"]) == 5
    for one in table["columns"]:
        cells = one.get("codes", one["texts"])
        assert len(cells) == 5
        assert len(one.get("numbers", cells)) == 5


def test_a_number_has_its_text_its_value_and_its_ends(make_record):
    table = table_of([("m", [make_record(values={"latency_quiet": 0.00123456789})])])
    found = column(table, "latency, quiet")
    assert found["texts"] == ["1.23 ms [1.17, 1.30]"]
    assert found["numbers"] == [0.00123457]
    assert found["low"] == [pytest.approx(0.00117284)]
    assert found["unit"] == "s"


def test_a_missing_number_says_why_and_sorts_as_missing(make_record):
    records = [make_record(values={"latency_quiet": 1e-3, "latency_p99": 2e-3}), make_record("cnn")]
    found = column(table_of([("m", records)]), "latency, quiet")
    assert found["texts"][1] == "not_measured"
    assert found["numbers"][1] is None


def test_what_a_scenario_does_not_measure_is_an_empty_cell(make_record):
    records = [
        make_record(values={"latency_quiet": 1e-3}),
        make_record(scenario=Scenario.OFFLINE, values={"throughput_quiet": 10.0}),
    ]
    table = table_of([("m", records)])
    assert texts(table, "throughput, quiet")[0] == ""
    assert texts(table, "latency, quiet")[1] == ""


def test_a_metric_without_any_value_has_no_column(make_record):
    table = table_of([("m", [make_record(values={"latency_quiet": 1e-3})])])
    headings = [one["heading"] for one in table["columns"]]
    assert "peak RSS" not in headings
    assert "why not" not in headings


def test_a_case_that_was_skipped_says_why(make_record, skipped):
    table = table_of([("m", [make_record(outcome=skipped), make_record("cnn")])])
    assert "no_cuda_device" in texts(table, "why not")
    assert column(table, "outcome")["facet"]


def test_machines_are_a_column_only_where_there_are_several(make_record):
    one = make_record(values={"latency_quiet": 1e-3})
    assert "machine" not in [c["heading"] for c in table_of([("a", [one])])["columns"]]
    assert texts(table_of([("a", [one]), ("b", [one])]), "machine") == ["a", "b"]


def test_the_table_can_be_filtered_only_by_what_differs(make_record):
    records = [make_record(backend=name) for name in ("eager", "onnxruntime")]
    table = table_of([("m", records)])
    assert column(table, "backend")["facet"]
    assert not column(table, "case")["facet"]


def test_what_all_records_have_in_common_is_said_once_and_is_no_column(make_record):
    records = [make_record(backend=name) for name in ("eager", "onnxruntime")]
    table = table_of([("m", records)])
    assert "family" not in [one["heading"] for one in table["columns"]]
    assert "family mlp" in table["shared"]
    assert "options" not in table["shared"]


def test_a_size_that_nobody_knows_is_a_dash_and_sorts_as_missing(make_record):
    unknown = replace(make_record("cnn"), parameter_count=None)
    found = column(table_of([("m", [make_record(), unknown])]), "parameters")
    assert found["numbers"] == [100_000, None]
    assert found["texts"][found["codes"][1]] == "\N{EN DASH}"


def test_an_open_end_is_null_in_the_data(make_record):
    value = Value(metric="latency_quiet", value=1e-3, low=None, high=float("inf"))
    table = table_of([("m", [make_record(values={"latency_quiet": value})])])
    found = column(table, "latency, quiet")
    assert (found["low"], found["high"]) == ([None], [None])
    json.dumps(table, allow_nan=False)


def test_hostile_names_stay_text(make_record):
    table = table_of([("m", [make_record(HOSTILE), make_record()])])
    assert HOSTILE in texts(table, "family")
