import duckdb
import numpy as np
import pytest

from harness.core.errors import StoreError
from harness.store.index_database import database
from harness.store.index_row import IndexedRun, Wanted
from tests.unit.store.index_runs import LATENCY, Runs, database_of


def test_each_case_and_metric_is_a_line_in_the_order_of_time(runs, folder):
    selection = runs.index(folder).select(runs.root, Wanted(metrics=("peak_rss", "latency_quiet")))
    assert [(line.case, line.case_id, line.metric) for line in selection.lines] == [
        ("case-1", "id-1", "latency_quiet"),
        ("case-1", "id-1", "peak_rss"),
        ("case-2", "id-2", "latency_quiet"),
        ("case-2", "id-2", "peak_rss"),
    ]
    first = selection.lines[0]
    assert first.value.tolist() == [0.1, 1.1, 2.1]
    assert np.isnan(first.low[0])
    assert first.high.tolist()[1:] == [2.0, 3.0]
    assert [selection.runs[number].path for number in first.runs.tolist()] == [
        "0.jsonl",
        "1.jsonl",
        "2.jsonl",
    ]
    assert selection.cases == ("case-1", "case-2")


def test_a_run_comes_back_as_it_went_in_but_for_its_values(runs, folder):
    runs.index(folder).select(runs.root, LATENCY)
    selection = runs.index(folder).select(runs.root, LATENCY)
    (entry,) = (one for one in selection.runs.values() if one.path == "1.jsonl")
    assert entry.run == IndexedRun(
        run_id="run-1",
        started_at="day 1",
        time=1.0,
        hard_keys={"cpu_model": "Made Up 3000"},
        comparability_key="k",
        versions={"torch": "2.13"},
    )


@pytest.mark.parametrize("name", ["case-2", "id-2"])
def test_a_case_is_asked_for_by_its_slug_or_its_id(runs, folder, name):
    wanted = Wanted(metrics=("latency_quiet",), case=name)
    (line,) = runs.index(folder).select(runs.root, wanted).lines
    assert line.case == "case-2"


def test_nothing_is_found_of_a_metric_or_a_case_that_is_not_there(runs, folder):
    index = runs.index(folder)
    assert index.select(runs.root, Wanted(metrics=("power_mean",))).lines == ()
    assert index.select(runs.root, Wanted(metrics=("latency_quiet",), case="no")).lines == ()


def test_the_second_time_only_what_is_new_or_changed_is_read(runs, folder):
    runs.index(folder).select(runs.root, LATENCY)
    assert sorted(runs.read) == ["0.jsonl", "1.jsonl", "2.jsonl"]
    runs.read.clear()
    runs.index(folder).select(runs.root, LATENCY)
    assert runs.read == []
    runs.write(1, "grown longer")
    runs.write(3)
    selection = runs.index(folder).select(runs.root, LATENCY)
    assert runs.read == ["1.jsonl", "3.jsonl"]
    assert selection.lines[0].value.tolist() == [0.1, 1.1, 2.1, 3.1]


def test_a_file_that_went_away_is_forgotten(runs, folder):
    runs.index(folder).select(runs.root, LATENCY)
    (runs.root / "1.jsonl").unlink()
    selection = runs.index(folder).select(runs.root, LATENCY)
    assert selection.lines[0].value.tolist() == [0.1, 2.1]
    assert len(selection.runs) == 2


def test_a_file_that_cannot_be_read_is_a_note_and_is_tried_again_only_when_it_changes(runs, folder):
    runs.write(1, "broken")
    selection = runs.index(folder).select(runs.root, LATENCY)
    assert selection.lines[0].value.tolist() == [0.1, 2.1]
    assert [e.run.note for e in selection.runs.values() if e.run.note] == [
        "1.jsonl:1: no whole header"
    ]
    runs.read.clear()
    runs.index(folder).select(runs.root, LATENCY)
    assert runs.read == []
    runs.write(1, "whole again")
    selection = runs.index(folder).select(runs.root, LATENCY)
    assert selection.lines[0].value.tolist() == [0.1, 1.1, 2.1]


def test_a_folder_of_broken_files_alone_has_no_line(tmp_path, folder):
    runs = Runs(tmp_path / "runs")
    runs.write(1, "broken")
    selection = runs.index(folder).select(runs.root, LATENCY)
    assert selection.lines == ()
    assert selection.cases == ()


def test_many_files_are_announced(tmp_path, folder):
    runs = Runs(tmp_path / "runs")
    for number in range(21):
        runs.write(number)
    runs.index(folder).select(runs.root, LATENCY)
    assert runs.said == [f"{runs.root}: reading 21 run files that are new or changed"]


def test_a_long_build_says_how_far_it_is(tmp_path, folder):
    runs = Runs(tmp_path / "runs")
    for number in range(1_001):
        runs.write(number)
    selection = runs.index(folder).select(runs.root, LATENCY)
    assert runs.said[1:] == [
        f"{runs.root}: 500 of 1,001 are read",
        f"{runs.root}: 1,000 of 1,001 are read",
    ]
    assert selection.lines[0].value.tolist() == [number + 0.1 for number in range(1_001)]


def test_what_is_put_in_order_can_be_added_to_and_asked_by_its_view(runs, folder):
    index = runs.index(folder)
    index.select(runs.root, LATENCY)
    with database(database_of(folder)) as opened:
        opened.sort()
    runs.write(3)
    assert index.select(runs.root, LATENCY).lines[0].value.tolist() == [0.1, 1.1, 2.1, 3.1]
    with database(database_of(folder)) as opened:
        rows = opened.connection.execute(
            "SELECT path, value FROM history WHERE case_id = 'id-2' AND metric = 'peak_rss' "
            "ORDER BY path"
        ).fetchall()
    assert rows == [(f"{number}.jsonl", pytest.approx(number + 0.21)) for number in range(4)]


def test_one_file_is_a_history_of_one_run(runs, folder):
    selection = runs.index(folder).select(runs.root / "2.jsonl", LATENCY)
    assert selection.lines[0].value.tolist() == [2.1]


def test_folders_below_count_and_what_is_no_run_file_or_leads_nowhere_does_not(runs, folder):
    runs.write(1).rename(runs.root / "not a run.txt")
    (runs.root / "below" / "more.jsonl").mkdir(parents=True)
    runs.write(1).rename(runs.root / "below" / "more.jsonl" / "1.jsonl")
    (runs.root / "link.jsonl").symlink_to(runs.root / "gone.jsonl")
    selection = runs.index(folder).select(runs.root, LATENCY)
    assert selection.lines[0].value.tolist() == [0.1, 1.1, 2.1]
    assert "below/more.jsonl/1.jsonl" in {entry.path for entry in selection.runs.values()}


def test_an_empty_folder_is_an_error(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError, match="no run file in this folder"):
        Runs(tmp_path).index(folder).select(tmp_path / "empty", LATENCY)


def test_no_extension_can_be_loaded_and_no_file_read_by_a_query(tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with database(None) as opened:
        rows = opened.connection.execute(
            "SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%extensions'"
        ).fetchall()
        assert {value for _, value in rows} == {"false"}
        with pytest.raises(duckdb.Error):
            opened.connection.execute(f"FROM '{tmp_path / 'secret.csv'}'")
