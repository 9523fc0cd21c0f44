import json
from pathlib import Path

import pytest

from harness.analyse.records import records
from harness.store.read import read_run
from tests.unit.store.foreign.files import benchmark, write

LATER = "2026-11-02T11:00:00+00:00"


def test_files_become_one_run_file_that_show_reads(command, tmp_path):
    one, two = write(tmp_path / "a.json"), write(tmp_path / "b.json", datetime=LATER)
    done = command("import", one, two, "--out", tmp_path / "runs", "--json")
    made = json.loads(done.out)
    assert (done.code, made["cases"], made["trials"]) == (0, 1, 2)
    shown = command("show", made["path"])
    assert "test_a.py::test_a" in shown.out
    assert "2.00 ms" in shown.out


def test_an_unknown_parameter_count_is_shown_as_nothing(command, tmp_path):
    made = json.loads(
        command("import", write(tmp_path / "a.json"), "--out", tmp_path, "--json").out
    )
    assert json.loads(command("show", "--json", made["path"]).out)[0]["parameter_count"] is None
    assert command("show", "--markdown", made["path"]).code == 0


def test_what_was_made_is_said(command, tmp_path):
    done = command("import", write(tmp_path / "a.json"), "--out", tmp_path / "runs")
    assert done.out == "1 cases, 1 trials\n"
    assert "wrote " in done.err


def test_benchmarks_without_their_rounds_are_named_and_counted(command, tmp_path):
    bare = [benchmark(f"t::\x1b{number}", data=None) for number in range(5)]
    done = command("import", write(tmp_path / "a.json", benchmark(), *bare), "--out", tmp_path)
    assert done.code == 0
    assert "left out, saved without their rounds: t::\\x1b0" in done.err
    assert "and 2 more" in done.err
    assert "--benchmark-save-data" in done.err


def test_benchmarks_of_a_few_nanoseconds_are_said_to_lose_digits(command, tmp_path):
    fast = benchmark(data=[3.4e-8] * 6)
    done = command("import", write(tmp_path / "a.json", fast), "--out", tmp_path)
    assert "1 benchmarks take under 1 µs" in done.err


def test_the_same_file_is_not_imported_twice(command, tmp_path):
    words = ("import", write(tmp_path / "a.json"), "--out", tmp_path / "runs")
    assert command(*words).code == 0
    assert command(*words).code == 2
    assert len(list((tmp_path / "runs").iterdir())) == 1


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"benchmarks": 1}'])
def test_another_file_ends_with_2_and_its_name(command, tmp_path, content):
    path = tmp_path / "foreign.json"
    path.write_text(content)
    done = command("import", path)
    assert done.code == 2
    assert "foreign.json" in done.err


def test_medians_survive_the_way_out_and_back(command, run_file, tmp_path):
    out = tmp_path / "a.json"
    assert command("export", run_file, "--format", "pytest-benchmark", "--out", out).code == 0
    made = json.loads(command("import", out, "--out", tmp_path / "back", "--json").out)
    before = {
        record.case.slug: record.values["latency_p50"]
        for record in records(read_run(run_file))
        if record.values["latency_p50"].value is not None
    }
    after = {
        record.case.model.preset: record.values["latency_p50"]
        for record in records(read_run(Path(made["path"])))
    }
    assert before
    assert {name: after[name] for name in before} == before
