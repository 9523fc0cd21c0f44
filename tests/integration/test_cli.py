"""The command line as a user meets it: whole commands, and what bad input gets."""

import csv
import io
import json

import pytest

from harness.store.read import read_run

SHORT = ["--backend=fake", "--option=fake.work_us=50", "--rounds=2", "--seconds=0.05"]
MLP = ["--family=mlp", "--params=1e4", *SHORT]


@pytest.fixture
def run_file(scalecurve, tmp_path):
    done = scalecurve("run", *MLP, "--scenario=single_stream,offline")
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "runs").glob("*.jsonl")
    return path


def test_a_run_ends_with_its_table_its_file_and_its_chart(scalecurve, tmp_path):
    done = scalecurve("run", *MLP)
    assert "mlp-1e4" in done.stdout
    assert "control:" in done.stdout
    for ending in ("jsonl", "html", "png"):
        (path,) = (tmp_path / "runs").glob(f"*.{ending}")
        assert path.stat().st_size > 1_000
        assert f"wrote {path.relative_to(tmp_path)}" in done.stderr


def test_what_is_printed_on_standard_output_is_json_where_it_was_asked_for(scalecurve):
    done = scalecurve("run", *MLP, "--json")
    rows = json.loads(done.stdout)
    assert {row["status"] for row in rows} == {"completed"}


def test_a_dry_run_prints_the_cases_and_the_time_and_measures_nothing(scalecurve, tmp_path):
    done = scalecurve("run", "quick", "--dry-run")
    assert done.returncode == 0
    assert done.stdout.count("\n") == 49 + 64 + 1
    assert "about" in done.stdout
    assert not (tmp_path / "runs").exists()


def test_a_dry_run_can_be_json(scalecurve):
    told = json.loads(scalecurve("run", *MLP, "--dry-run", "--json").stdout)
    assert len(told["cases"]) == 2
    assert told["expected_seconds"] > 0


def test_show_gives_one_object_a_record_and_null_with_a_reason(scalecurve, run_file):
    rows = json.loads(scalecurve("show", run_file, "--json").stdout)
    assert len(rows) == 3
    for row in rows:
        for name, metric in row["metrics"].items():
            assert (metric["value"] is None) == ("reason_code" in metric), name
        assert row["metrics"]["energy_per_item"]["value"] is None
        assert row["metrics"]["device_memory_peak"]["value"] is None


def test_show_gives_comma_separated_values_with_empty_cells_for_nulls(scalecurve, run_file):
    rows = list(csv.DictReader(io.StringIO(scalecurve("show", run_file, "--csv").stdout)))
    assert {row["energy_per_item"] for row in rows} == {""}


def test_a_gpu_that_is_not_there_is_a_skipped_case_and_no_failure(scalecurve):
    done = scalecurve("run", *MLP, "--device=cpu,cuda", "--json")
    assert done.returncode == 0
    rows = json.loads(done.stdout)
    (skipped,) = [row for row in rows if row["device"] == "cuda:0"]
    assert skipped["status"] == "skipped"
    assert "no_cuda_device" in skipped["reason"]


def test_the_control_is_a_case_that_can_be_measured(scalecurve):
    done = scalecurve("run", "--family=mlp", "--params=1e4,1e11,3e10", *SHORT, "--json")
    control = [row for row in json.loads(done.stdout) if row["replica"] == 1]
    assert [row["status"] for row in control] == ["completed"]


def test_a_network_that_cannot_fit_is_skipped_before_anything_is_allocated(scalecurve):
    done = scalecurve("run", "--family=mlp", "--params=1e11", *SHORT, "--json")
    rows = json.loads(done.stdout)
    assert {row["status"] for row in rows} == {"skipped"}
    assert all("would_not_fit" in row["reason"] for row in rows)


def test_a_run_in_which_nothing_could_be_measured_ends_with_4_and_keeps_its_file(
    scalecurve, tmp_path
):
    done = scalecurve("run", *MLP, "--device=cuda")
    assert done.returncode == 4
    assert "nothing was measured: skipped for 2 no_cuda_device" in done.stderr
    assert len(list((tmp_path / "runs").glob("*.jsonl"))) == 1


def test_a_run_with_failed_cases_says_how_many_on_standard_error(scalecurve):
    failing = ["--option=fake.fault=nan", "--backend=fake,eager"]
    done = scalecurve("run", "--family=mlp", "--params=1e4", *SHORT[2:], *failing)
    assert done.returncode == 0
    assert "cases failed: " in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--family=mpl", "--params=1e4"], "mlp"),
        (["run", "--family=mlp", "--params=1e4", "--backend=onnxruntme"], "onnxruntime"),
        (["run", "--family=mlp", "--params=1e4", "--device=cudda"], "cuda"),
        (["run", "--family=mlp", "--params=1e4", "--threads=two"], "whole numbers"),
        (["run", "--family=mlp", "--params=3"], "it reaches"),
        (["run", "quik"], "quick"),
        (["run"], "nothing to measure"),
        (["run", "--resume=none.jsonl", "--rounds=1"], "--resume"),
        (["run", "--resume=none.jsonl"], "none.jsonl"),
        (["show", "none.jsonl"], "none.jsonl"),
        (["zoo", "plan", "--family=mlp", "--params=1e12"], "100,000,000,000"),
    ],
    ids=str,
)
def test_bad_input_is_refused_with_exit_2_before_anything_runs(
    scalecurve, tmp_path, arguments, said
):
    done = scalecurve(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_wrong_plan_is_refused_with_file_and_line(scalecurve, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text('family = ["mlp"]\nparams = [1e4]\nround = 3\n', encoding="utf-8")
    done = scalecurve("run", plan)
    assert done.returncode == 2
    assert f"{plan}:3: unknown key 'round'; did you mean rounds" in done.stderr


def test_a_file_that_is_no_run_is_refused_with_its_line(scalecurve, tmp_path):
    path = tmp_path / "foreign.jsonl"
    path.write_text('{"hello": 1}\n', encoding="utf-8")
    done = scalecurve("show", path)
    assert done.returncode == 2
    assert "foreign.jsonl" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_run_is_anchored_once_two_before_it_agree_on_the_level(scalecurve, tmp_path):
    plan = ["run", "--family=mlp", "--params=1e4", *SHORT, "--rounds=8", "--seconds=0.15"]
    for _ in range(3):
        assert scalecurve(*plan, "--no-memory").returncode == 0
    runs = [read_run(path) for path in sorted((tmp_path / "runs").glob("*.jsonl"))]
    assert runs[0].header.level is None
    assert all(run.end.level is not None for run in runs)
    if runs[1].end.level.native_ns == pytest.approx(runs[0].end.level.native_ns, rel=0.05):
        assert runs[2].header.level.anchored
