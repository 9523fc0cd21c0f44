"""Networks whose parameters nobody counted, such as another tool's benchmarks."""

import csv
import io
import json
from dataclasses import replace

from harness.report.chart import chart
from harness.report.points import plot
from harness.report.rows import as_csv, as_json
from harness.report.table import tables


def uncounted(make_record):
    return replace(make_record(values={"latency_quiet": 1e-3}), parameter_count=None)


def test_an_unknown_count_is_null_in_json_and_an_empty_cell_in_csv(make_record):
    record = uncounted(make_record)
    assert json.loads(as_json([record]))[0]["parameter_count"] is None
    (row,) = csv.DictReader(io.StringIO(as_csv([record]), newline=""))
    assert row["parameter_count"] == ""


def test_an_unknown_count_is_an_empty_cell_of_the_table_after_the_known_ones(make_record):
    known = make_record(count=10**9, values={"latency_quiet": 1.0})
    (table,) = tables([uncounted(make_record), known])
    place = table.headings.index("parameters")
    assert [row[place] for row in table.rows] == ["1,000,000,000", ""]


def test_a_network_without_a_count_has_no_place_in_a_chart_and_is_no_gap_in_it(make_record):
    known = make_record(count=10**6, values={"latency_quiet": 1.0})
    drawing = plot([uncounted(make_record), known], "latency_quiet")
    assert [point.parameter_count for point in drawing.points] == [10**6]
    assert drawing.missing == 0


def test_a_run_of_nothing_but_such_networks_has_an_empty_chart(make_record):
    assert plot([uncounted(make_record)], "latency_quiet") is None
    assert chart([uncounted(make_record)], "title")["vconcat"] == []
