import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from harness.core.metric import METRICS
from tests.unit.analyse.gate_runs import ab_run, written


def test_a_run_is_shown_as_tables_with_where_and_when_it_was_made(command, run_file):
    done = command("show", run_file)
    assert done.code == 0
    assert done.out.startswith("run.jsonl: bench-1 · Made Up 3000 · 2026-01-02, 3 rounds\n")
    assert "single_stream: " in done.out
    assert "offline: " in done.out
    assert "skipped: 1 case (" in done.out
    assert "failed: worker_crashed" in done.out


def test_skipped_cases_have_rows_where_all_are_asked_for(command, run_file):
    assert "skipped: no_cuda_device\n" not in command("show", run_file).out
    assert "skipped: no_cuda_device\n" in command("show", "--all", run_file).out
    assert "skipped: no_cuda_device |\n" in command("show", "--all", "--markdown", run_file).out


def test_the_control_case_has_a_line(command, run_file):
    assert "\ncontrol: There is no control case in this run.\n" in command("show", run_file).out


def test_an_ab_run_says_what_its_sides_are_and_whose_figures_stand_there(command, tmp_path):
    out = command("show", written(tmp_path, ab_run())).out
    assert "\nbase: " in out
    assert "\ncandidate: " in out
    assert "figures of the base" in out


def test_json_is_a_list_of_one_object_a_case(command, run_file):
    done = command("show", "--json", run_file)
    rows = json.loads(done.out)
    assert done.code == 0
    assert len(rows) == 4
    assert {row["status"] for row in rows} == {"completed", "skipped", "failed"}
    assert all(set(row["metrics"]) == set(METRICS) for row in rows)


def test_csv_is_one_line_a_case_under_one_heading(command, run_file):
    rows = list(csv.reader(io.StringIO(command("show", "--csv", run_file).out, newline="")))
    assert len(rows) == 5
    assert len({len(row) for row in rows}) == 1


def test_a_folder_is_shown_as_all_its_runs(command, run_file):
    shutil.copy(run_file, run_file.with_name("second.jsonl"))
    assert len(json.loads(command("show", "--json", run_file.parent).out)) == 8
    table = command("show", run_file.parent).out
    assert table.index("run.jsonl: ") < table.index("second.jsonl: ")


def test_chosen_metrics_are_shown_and_no_others(command, run_file):
    done = command("show", "--metric", "latency_p90,prepare_time", run_file)
    assert "latency_p90" in done.out
    assert "quiet share" not in done.out
    rows = json.loads(command("show", "--json", "--metric", "latency_p90", run_file).out)
    assert all(list(row["metrics"]) == ["latency_p90"] for row in rows)


def test_an_unknown_metric_ends_with_2_and_the_nearest_names(command, run_file):
    done = command("show", "--metric", "latency_p9", run_file)
    assert done.code == 2
    assert "no metric 'latency_p9'; did you mean" in done.err
    assert "latency_p90" in done.err
    assert done.out == ""


def test_json_and_csv_at_once_is_a_usage_error(command, run_file):
    done = command("show", "--json", "--csv", run_file)
    assert done.code == 2
    assert "give one of them" in done.err


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\x80\x04.", b"#!/bin/sh\nexit\n"])
def test_a_foreign_file_ends_with_2_and_names_the_file(command, tmp_path, content):
    foreign = tmp_path / "foreign.jsonl"
    foreign.write_bytes(content)
    done = command("show", foreign)
    assert done.code == 2
    assert "foreign.jsonl" in done.err
    assert "Traceback" not in done.err


def test_a_path_that_does_not_exist_ends_with_2(command, tmp_path):
    done = command("show", tmp_path / "nothing")
    assert done.code == 2
    assert "nothing" in done.err


def test_a_run_that_was_cut_off_is_shown_and_said_to_be_unfinished(command, run_file: Path):
    lines = run_file.read_bytes().splitlines(keepends=True)
    run_file.write_bytes(b"".join(lines[:-1])[:-10])
    done = command("show", run_file)
    assert done.code == 0
    assert "single_stream: " in done.out
    assert "--resume" in done.err
    assert len(done.err.splitlines()) == 2


def test_standard_output_holds_data_only(command, run_file: Path):
    lines = run_file.read_bytes().splitlines(keepends=True)
    run_file.write_bytes(b"".join(lines[:-1]))
    assert json.loads(command("show", "--json", run_file).out)
