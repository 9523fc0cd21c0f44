import json
import re
import subprocess
import sys
from typing import Any

import pytest

from harness.core.case import Scenario
from harness.core.errors import StoreError
from harness.core.record import Value
from harness.core.run import Environment, RunHeader
from harness.report.chart import chart, write_chart
from harness.report.colours import COLOURS, SHAPES
from harness.report.machine import machine_line

HOSTILE = "</script><script>alert('x')</script><img src=http://evil.example/x>"


@pytest.fixture
def records(make_record):
    sizes = (100_000, 1_000_000)
    return [
        make_record(family, n, backend, values={"latency_quiet": n * 1e-9})
        for family in ("mlp", "cnn")
        for n in sizes
        for backend in ("eager", "onnxruntime")
    ]


def panels(described: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for block in described["vconcat"] for panel in block["concat"]]


def values(described: Any) -> list[dict[str, Any]]:
    """Return every row of data, wherever it stands."""
    if isinstance(described, list):
        return [row for part in described for row in values(part)]
    if not isinstance(described, dict):
        return []
    rows = described["data"]["values"] if "data" in described else []
    return [
        *rows,
        *(row for name in described if name != "data" for row in values(described[name])),
    ]


def specification(page: str) -> Any:
    text = page.partition('vegaEmbed("#chart", ')[2].rpartition(', {"renderer"')[0]
    return json.loads(text)


def test_each_family_has_one_panel(records):
    assert [panel["title"]["text"] for panel in panels(chart(records, "t"))] == ["mlp", "cnn"]


def test_only_the_left_panels_bear_the_latency_axis_and_only_the_bottom_ones_the_sizes(make_record):
    families = ("mlp", "cnn", "resnet", "mobilenet", "vit")
    records = [make_record(family, values={"latency_quiet": 1e-3}) for family in families]
    found = panels(chart(records, "t"))
    heights = [panel["layer"][0]["encoding"]["y"]["title"] for panel in found]
    sizes = [panel["layer"][0]["encoding"]["x"]["title"] for panel in found]
    title = "latency, quiet, batch 1"
    assert heights == [title, None, None, title, None]
    assert sizes == [None, None, "parameters", "parameters", "parameters"]


def test_throughput_is_drawn_below_where_it_was_measured(records, make_record):
    offline = make_record(scenario=Scenario.OFFLINE, batch_size=8, values={"throughput_quiet": 1e4})
    assert len(chart(records, "t")["vconcat"]) == 1
    both = chart([*records, offline], "t")
    assert len(both["vconcat"]) == 2
    axis = both["vconcat"][1]["concat"][0]["layer"][0]["encoding"]["y"]
    assert axis["title"] == "items per second, quiet, batch 8"


def test_both_axes_are_logarithmic(records):
    encoding = panels(chart(records, "t"))[0]["layer"][0]["encoding"]
    assert encoding["x"]["scale"]["type"] == encoding["y"]["scale"]["type"] == "log"


def test_a_backend_has_the_same_colour_and_shape_whoever_else_is_there(make_record):
    drawn = [make_record(backend="onnxruntime", values={"latency_quiet": 1e-3})]
    more = [*drawn, make_record(backend="eager", values={"latency_quiet": 1e-3})]
    for described in (chart(drawn, "t"), chart(more, "t")):
        colour = panels(described)[0]["layer"][0]["encoding"]["color"]["scale"]
        assert (
            dict(zip(colour["domain"], colour["range"], strict=True))["onnxruntime"] == (COLOURS[2])
        )


def test_lines_beyond_the_known_backends_are_told_apart(make_record):
    drawn = [make_record(threads=n, values={"latency_quiet": 1e-3}) for n in (1, 2, 4)]
    layers = panels(chart(drawn, "t"))[0]["layer"]
    assert layers[0]["encoding"]["color"]["scale"]["range"] == list(COLOURS[:3])
    assert layers[-1]["encoding"]["shape"]["scale"]["range"] == list(SHAPES[:3])


def test_gaps_are_counted_under_the_title(records, make_record):
    gap = make_record("vit")
    whole = chart(records, "t", subtitle="machine")["title"]["subtitle"]
    assert whole == ["machine", "bars: 95 % interval over trials"]
    (line,) = chart([*records, gap], "t")["title"]["subtitle"]
    assert line.endswith("gaps: 1 of 9 cases without a value, the table says why")


def test_a_panel_without_values_says_so_and_draws_nothing(make_record):
    described = chart([make_record()], "t")
    assert panels(described)[0]["layer"][-1]["mark"]["text"] == "no value"
    assert not any("value" in row for row in values(described))


def test_a_bar_spans_the_interval_and_an_unknown_end_lies_on_the_value(make_record):
    value = Value(metric="latency_quiet", value=2e-3, low=1e-3)
    described = chart([make_record(values={"latency_quiet": value})], "t")
    (row,) = values(described)
    assert (row["low"], row["value"], row["high"]) == (1e-3, 2e-3, 2e-3)


def test_a_tooltip_shows_the_value_as_the_table_does(records):
    row = next(row for row in values(chart(records, "t")) if "text" in row)
    assert row["text"] == "100 µs [95, 105]"


def test_the_page_needs_no_network(records, tmp_path):
    page, _ = write_chart(records, "t", tmp_path / "c")
    text = page.read_text(encoding="utf-8")
    markup = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"""(src|href)\s*=""", markup)
    assert "default-src 'none'" in markup
    assert not re.search(r"<script[^>]+src", text)
    assert '"editor": false' in text


def test_a_hostile_name_is_text_wherever_it_stands(make_record, tmp_path):
    records = [
        make_record(HOSTILE, values={"latency_quiet": 1e-3}, backend=HOSTILE, device="cpu"),
    ]
    page, picture = write_chart(records, HOSTILE, tmp_path / "c", subtitle=HOSTILE)
    text = page.read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert text.count("</script>") == 2
    assert "<img src=http" not in text
    described = specification(text)
    assert described["title"]["text"] == HOSTILE
    assert described["vconcat"][0]["concat"][0]["title"]["text"] == HOSTILE
    assert picture.stat().st_size > 0


def test_the_picture_is_a_png_beside_the_page(records, tmp_path):
    page, picture = write_chart(records, "t", tmp_path / "deep" / "run.1.name")
    assert page.name == "run.1.name.html"
    assert picture.name == "run.1.name.png"
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")


def test_a_folder_that_cannot_be_written_is_a_store_error(records, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        write_chart(records, "t", tmp_path / "file" / "chart")


def test_the_machine_line_leaves_out_what_is_not_known():
    environment = Environment(host="bench\x1b-01", system={}, cpu={}, memory_bytes=1)
    header = RunHeader(
        schema_version=1,
        run_id="x",
        started_at="2026-11-22T10:00:00+00:00",
        command=(),
        plan={},
        rounds=1,
        seed=0,
        environment=environment,
        cases=(),
        parameter_counts={},
    )
    assert machine_line(header) == "bench\\x1b-01 · 2026-11-22"


def test_importing_the_reports_imports_no_chart_library_and_no_rich():
    code = (
        "import sys, harness.report.chart, harness.report.table, harness.report.progress\n"
        "print(sorted({'altair', 'vl_convert', 'rich', 'torch', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
