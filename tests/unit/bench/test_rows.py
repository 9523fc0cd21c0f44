"""The bench's mechanics: rows, their choice, and how they are written. No figure is judged."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bench.__main__ import main
from tests.bench.child import forked
from tests.bench.numbers import listed, middle, percent, span, spread
from tests.bench.overhead import measure
from tests.bench.row import Bound, Row, Setting, under
from tests.bench.rows import ROWS, choose, load
from tests.bench.table import markdown


def test_the_overhead_row_gives_a_figure_whatever_it_is(tmp_path):
    row = measure(Setting(cache=tmp_path, folder=tmp_path, divisor=100))

    assert row.name == "overhead"
    assert float(row.figure.removesuffix(" ns")) == float(row.figure.split()[0])
    assert "bare loop" in row.detail


def test_every_row_has_a_module_that_measures_it():
    assert all(callable(load(name)) for name in ROWS)


def test_rows_run_in_their_order_and_all_where_none_is_named():
    assert choose([]) == list(ROWS)
    assert choose(["parent", "agreement"]) == ["agreement", "parent"]


def test_an_unknown_row_names_the_nearest(capsys):
    with pytest.raises(ValueError, match="overhead"):
        choose(["overheat"])
    assert main(["overheat"]) == 2
    assert "overhead" in capsys.readouterr().err


def test_the_table_has_a_line_a_row_and_the_details_below():
    rows = [
        Row("first", "1.2 ms", "at most 1 ms", met=False, detail="a | b\nc"),
        Row("second", "x|y", "none", met=True, detail=""),
    ]

    lines = markdown(rows).splitlines()

    assert lines[:4] == [
        "| row | figure | bound | met |",
        "| --- | --- | --- | --- |",
        "| first | 1.2 ms | at most 1 ms | no |",
        "| second | x\\|y | none | yes |",
    ]
    assert lines[4:] == ["", "**first**", "", "- a | b", "- c"]


def test_the_command_lists_its_rows(capsys):
    assert main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert [line.split()[0] for line in printed.splitlines()] == list(ROWS)


def test_a_row_that_crashes_says_so_and_the_others_go_on(tmp_path, capsys):
    report = tmp_path / "report.md"
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")

    status = main(["overhead", "trial", "--quick", "--cache", str(blocked), "--out", str(report)])

    assert status == 1
    printed = capsys.readouterr().out
    assert "Traceback" in printed
    written = report.read_text()
    assert "| trial | crashed | - | no |" in written
    assert "| overhead | " in written
    assert "- CPU: " in written


def test_a_bound_without_a_figure_does_not_hold():
    assert not Bound(0.9, 1.1).holds(None)
    assert Bound(0.9, 1.1).holds(1.0)
    assert not under(2).holds(2.1)
    assert (str(Bound(0.9, 1.1)), str(under(2))) == ("0.9 to 1.1", "at most 2")


def test_missing_values_are_dashes_and_count_for_nothing():
    assert listed([None, 2.0], ".1f") == "- 2.0"
    assert (middle([None]), middle([None, 3.0])) == (None, 3.0)
    assert (spread([1.0]), spread([1.0, 1.0])) == (None, 0.0)
    assert (span([None]), percent(None)) == ("-", "-")
    assert span([2.0, None, 1.0], ".1f") == "1.0 to 2.0"


def test_a_quick_setting_divides_and_keeps_the_least(tmp_path: Path):
    quick = Setting(cache=tmp_path, folder=tmp_path, divisor=5)
    assert (quick.times(10), quick.times(3), quick.times(3, least=2)) == (2, 1, 2)
    assert quick.seconds(2.0) == 0.4
    assert quick.room("runs").is_dir()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
def test_a_fork_hands_back_what_it_found():
    assert forked(lambda: {"pid": os.getpid() != 0}) == {"pid": True}
    with pytest.raises(RuntimeError, match="status 1"):
        forked(lambda: 1 // 0)
