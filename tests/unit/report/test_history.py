"""How histories are shown: in tables, as JSON, and drawn."""

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.analyse.history.changes import find_changes
from harness.analyse.history.series import Epoch, History, Point, Series
from harness.core.errors import StoreError, UsageError
from harness.core.metric import Better
from harness.report.history_axis import linear_axis
from harness.report.history_chart import MOST_PANELS, history_chart, write_history
from harness.report.history_rows import history_json
from harness.report.history_table import changes_table, series_table
from harness.report.table import plain

DAY = 86_400.0
HOSTILE = "</script><script>alert(1)</script>\x1b[31m"


def history(  # noqa: PLR0913 - every part can matter to a report
    factor: float = 1.1,
    *,
    case: str = "mlp-1e4/eager-cpu-fp32-t1/b1",
    count: int = 20,
    first: int = 0,
    epoch: Epoch = Epoch(),  # noqa: B008 - it cannot be changed
    better: Better = Better.LOWER,
    bars: bool = True,
) -> History:
    """Take a run a day; the second half costs `factor` of the first."""
    half = np.random.default_rng(1).uniform(-0.002, 0.002, max(1, count // 2))
    noise = np.exp(np.resize(half - half.mean(), count))
    values = 1e-3 * noise * np.where(np.arange(count) < count // 2, 1.0, factor)
    points = tuple(
        Point(
            time=(first + day) * DAY,
            label=f"1970-01-{first + day + 1:02}T03:04:05+00:00",
            value=value,
            low=value * 0.99 if bars else None,
            high=value * 1.01 if bars else None,
            run_id=f"run-{day}",
            path=f"{day}.jsonl",
        )
        for day, value in enumerate(values.tolist())
    )
    return find_changes(
        Series(
            case=case,
            case_id=case,
            metric="latency_quiet",
            unit="s",
            better=better,
            epoch=epoch,
            points=points,
        )
    )


def epochs() -> list[History]:
    return [
        history(1.0, count=10, epoch=Epoch(key="a", number=1, total=2, differing={"smt": "on"})),
        history(
            0.9,
            first=10,
            count=20,
            epoch=Epoch(key="b", number=2, total=2, differing={"smt": "off"}),
        ),
    ]


def cells(table, row: int = 0) -> dict[str, str]:
    return dict(zip(table.headings, table.rows[row], strict=True))


def test_a_change_is_a_row_that_says_where_and_how_large_it_is():
    table = changes_table([history()])
    row = cells(table)
    assert table.title == "1 lasting change in 1 series"
    assert row["verdict"] == "slower"
    assert row["change"].startswith("+10.0 % [+9.")
    assert (row["before"], row["after"]) == ("1.00 ms", "1.10 ms")
    assert (row["between"], row["and"], row["within"]) == (
        "1970-01-10 03:04",
        "1970-01-11 03:04",
        "1 run",
    )
    assert "epoch" not in row


def test_the_newest_change_stands_first():
    early, late = history(1.2, case="early"), history(0.8, case="late", first=5)
    assert [row[0] for row in changes_table([early, late]).rows] == ["late", "early"]


def test_where_neither_direction_is_better_a_change_is_up_or_down():
    assert cells(changes_table([history(better=Better.NEITHER)]))["verdict"] == "up"


def test_a_change_that_is_large_is_a_factor():
    assert cells(changes_table([history(3.0)]))["change"].startswith("x 3.0")


def test_epochs_have_a_column_where_there_are_any():
    table = changes_table(epochs())
    assert cells(table)["epoch"] == "2 of 2: smt off"
    assert any("nothing is compared across epochs" in note for note in table.notes)


def test_without_a_change_the_table_is_empty_and_says_so():
    table = changes_table([history(1.0)])
    assert table.title == "no lasting change in 1 series"
    assert table.rows == ()


def test_too_few_points_are_said_and_never_taken_for_no_change():
    short = history(count=3)
    assert any("1 of 1 series have fewer than 8 points" in n for n in changes_table([short]).notes)
    assert cells(series_table([short]))["changes"] == "too few points"


def test_values_that_were_left_out_are_counted():
    one = history()
    left = replace(one, series=replace(one.series, left_out=2))
    assert "2 values are not above zero and were left out" in changes_table([left]).notes


def test_every_series_is_a_row_with_its_latest_value():
    rows = series_table([history(), history(1.0, case="other")])
    row = cells(rows)
    assert (row["points"], row["first"], row["changes"]) == ("20", "1970-01-01 03:04", "1")
    assert row["latest"].startswith("1.1")
    assert cells(rows, 1)["changes"] == "none"


def test_a_series_without_a_point_is_a_row_as_well():
    one = history(count=0)
    assert cells(series_table([one]))["points"] == "0"


def test_no_name_can_reach_the_terminal_as_more_than_text():
    text = plain(changes_table([history(case=HOSTILE)]))
    assert "\x1b" not in text


def test_json_is_one_object_a_series_with_its_changes():
    (one,) = json.loads(history_json([history()]))
    assert (one["case"], one["metric"], one["points"]) == (
        "mlp-1e4/eager-cpu-fp32-t1/b1",
        "latency_quiet",
        20,
    )
    assert one["epoch"]["number"] == 1
    (change,) = one["changes"]
    assert change["ratio"]["low"] < 1.1 < change["ratio"]["high"]
    assert (change["direction"], change["verdict"], change["runs"]) == ("up", "slower", 1)
    assert change["before"]["run_id"] == "run-9"
    assert change["likely"]["run_id"] == change["after"]["run_id"] == "run-10"
    assert change["after"]["path"] == "10.jsonl"


def test_json_of_a_series_without_points_or_direction_has_nulls():
    (empty,) = json.loads(history_json([history(count=0)]))
    assert (empty["first"], empty["last"], empty["changes"]) == (None, None, [])
    (one,) = json.loads(history_json([history(better=Better.NEITHER)]))
    assert one["changes"][0]["verdict"] is None


def layers(described: dict[str, Any], panel: int = 0) -> list[dict[str, Any]]:
    return described["vconcat"][panel]["layer"]


def marked(described: dict[str, Any], panel: int = 0) -> list[str]:
    return [layer["mark"]["type"] for layer in layers(described, panel)]


def data(layer: dict[str, Any]) -> list[dict[str, Any]]:
    return layer["data"]["values"]


def test_every_run_is_drawn_with_its_interval_and_every_change_with_its_size():
    described = history_chart([history()], "t")
    band, rule, label, bars, points, levels = layers(described)
    assert marked(described) == ["rect", "rule", "text", "rule", "point", "rule"]
    assert len(data(points)) == 20
    assert data(bars)[0]["low"] < data(bars)[0]["value"] < data(bars)[0]["high"]
    assert (data(band)[0]["time"], data(band)[0]["end"]) == (9 * DAY * 1_000, 10 * DAY * 1_000)
    assert data(label)[0]["label"].startswith("+10.0 %")
    assert data(rule) == data(band)
    assert [round(row["value"], 5) for row in data(levels)] == [0.001, 0.0011]


def test_a_series_without_a_change_or_bars_has_only_its_runs():
    described = history_chart([history(1.0, bars=False)], "t")
    assert marked(described) == ["rule", "point"]
    assert described["title"]["subtitle"] == ["no lasting change"]


def test_every_other_epoch_is_shaded_and_each_is_named():
    described = history_chart(epochs(), "t")
    shade, names = layers(described)[:2]
    (row,) = data(shade)
    assert row["named"] == "2 of 2: smt off"
    assert row["time"] == 9.5 * DAY * 1_000
    assert [row["label"] for row in data(names)] == ["epoch 1", "epoch 2"]
    assert "shades and colours: epochs" in described["title"]["subtitle"][0]


def test_epochs_that_take_turns_are_told_apart_by_colour_alone():
    ours, theirs = epochs()
    points = ours.series.points + theirs.series.points
    parted = [
        replace(one, changes=(), series=replace(one.series, points=points[place::2]))
        for place, one in enumerate((ours, theirs))
    ]
    assert marked(history_chart(parted, "t")) == ["rule", "point"]


def test_panels_with_changes_stand_first_and_the_rest_is_counted():
    many = [history(1.0, case=f"case {number}") for number in range(MOST_PANELS)]
    described = history_chart([*many, history(case="changed")], "t")
    assert len(described["vconcat"]) == MOST_PANELS
    assert described["vconcat"][0]["title"]["text"] == "changed"
    assert described["title"]["subtitle"][1] == f"{MOST_PANELS} of {MOST_PANELS + 1} are shown"


def test_numbers_as_times_stand_on_a_plain_axis():
    one = history()
    numbered = replace(one, series=replace(one.series, is_dated=False))
    (points,) = (
        layer
        for layer in layers(history_chart([numbered], "t"))
        if layer["mark"]["type"] == "point"
    )
    assert points["encoding"]["x"]["type"] == "quantitative"
    assert data(points)[1]["time"] == DAY


def test_one_wide_interval_does_not_flatten_the_others():
    one = history()
    wide = replace(one.series.points[3], low=1e-5, high=1.0)
    points = (*one.series.points[:3], wide, *one.series.points[4:])
    described = history_chart([replace(one, series=replace(one.series, points=points))], "t")
    low, high = layers(described)[-1]["encoding"]["y"]["scale"]["domain"]
    assert 0.0008 < low < high < 0.0013


@pytest.mark.parametrize(
    ("ending", "start"), [(".html", b"<!DOCTYPE html>"), (".png", b"\x89PNG"), (".svg", b"<svg")]
)
def test_the_ending_of_the_name_says_what_is_written(tmp_path, ending, start):
    path = tmp_path / "new" / f"h{ending}"
    write_history([history()], "t", path)
    assert path.read_bytes().startswith(start)


def test_another_ending_is_a_usage_error_that_names_those_there_are(tmp_path):
    with pytest.raises(UsageError, match=r"\.html, \.png, \.svg"):
        write_history([history()], "t", tmp_path / "h.gif")


def test_nothing_to_draw_is_a_usage_error():
    with pytest.raises(UsageError, match="nothing to draw"):
        history_chart([history(count=0)], "t")


def test_a_place_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        write_history([history()], "t", tmp_path / "file" / "h.svg")


def test_no_name_ends_the_script_of_the_page(tmp_path):
    path = tmp_path / "h.html"
    write_history([history(case=HOSTILE)], HOSTILE, path)
    assert "<script>alert" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("values", [[1.0], [1.0, 1.0], [0.9, 1.1], [1e-6, 5e-6], [1e9, 1.01e9]])
def test_an_axis_holds_its_values_and_its_ticks_differ(values):
    axis = linear_axis(values, "s")
    assert axis.low < min(values)
    assert axis.high > max(values)
    assert 3 <= len(axis.ticks) <= 7
    labels = json.loads(axis.label_expression.partition("]")[0] + "]")
    assert len(set(labels)) == len(labels) == len(axis.ticks)
    assert np.allclose(np.diff(axis.ticks), axis.ticks[1] - axis.ticks[0])
    assert all(math.isfinite(tick) for tick in axis.ticks)
