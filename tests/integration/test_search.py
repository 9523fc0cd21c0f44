"""`search`, by real processes of the stand-in: measured in part, confirmed, resumed."""

from __future__ import annotations

import json

import pytest

from harness.store.read import read_run

GRID = ("--family=mlp", "--params=1e4,3e4,1e5", "--backend=fake", "--batch-size=1,2,4,8")
SHORT = ("--rounds=1", "--seconds=0.1", "--option", "fake.work_us=20")
WANTED = ("--maximise=throughput", "--subject-to", "first_inference<100s")


@pytest.fixture
def search(scalecurve):
    def run(*arguments, **changes):
        return scalecurve("search", *arguments, **changes)

    return run


def test_a_part_is_measured_the_best_confirmed_and_the_rest_saved(search, scalecurve, tmp_path):
    done = search(*GRID, *SHORT, *WANTED, "--sampler=random", "--points=5", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["points"], found["measured"]) == (12, 5)
    assert found["saved_share"] == pytest.approx(7 / 12)
    assert len(found["searched"]) == 5
    assert len(found["confirmed"]) == 3
    assert found["answer"]["met"] is True
    assert found["answer"]["value"] == max(one["value"] for one in found["confirmed"])
    run = read_run(tmp_path / found["run"])
    assert run.header.search["maximise"] == "throughput"
    assert len(run.header.cases) == 12
    assert len({trial.case_id for trial in run.trials}) == 5
    again = read_run(tmp_path / found["confirmation_run"])
    assert len({trial.case_id for trial in again.trials}) == 3
    shown = scalecurve("show", tmp_path / found["run"], "--json")
    rows = json.loads(shown.stdout)
    assert sum(row["status"] == "completed" for row in rows) == 5


@pytest.mark.slow
def test_a_search_that_was_cut_off_goes_on_with_what_it_has(search, tmp_path):
    done = search(*GRID, *SHORT, *WANTED, "--sampler=random", "--points=6", "--json")
    assert done.returncode == 0, done.stderr
    path = tmp_path / json.loads(done.stdout)["run"]
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:4]), encoding="utf-8")
    kept = {trial.case_id for trial in read_run(path).trials}
    done = search("--resume", path, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["measured"] == 6
    run = read_run(path)
    assert run.end is not None
    keys = [(trial.case_id, trial.round, trial.kind) for trial in run.trials]
    assert len(keys) == len(set(keys)) >= 6
    assert kept <= {key[0] for key in keys}


def test_limits_that_nothing_meets_are_said_with_the_nearest_point(search):
    done = search(*GRID, *SHORT, "--maximise=throughput", "--subject-to", "first_inference<1ns")
    assert done.returncode == 1, done.stderr
    assert "no measured point meets every limit; the nearest is mlp-" in done.stdout
    assert "measured afresh" not in done.stdout


def test_a_grid_that_cannot_be_measured_ends_with_4(search):
    planted = {"SCALECURVE_FAKE_OPTIONS": "fault=raise"}
    few = ("--family=mlp", "--params=1e4", "--backend=fake", "--batch-size=1,2")
    done = search(*few, "--rounds=1", "--seconds=0.02", *WANTED, **planted)
    assert done.returncode == 4, done.stderr
    assert "no point gave a value of throughput" in done.stdout
    assert "2 without a value: worker_error" in done.stdout


def test_time_that_is_up_ends_a_search(search):
    done = search(*GRID, *SHORT, *WANTED, "--sampler=grid", "--minutes=0.0001")
    assert done.returncode == 0, done.stderr
    assert "measured 4 of 12 points" in done.stdout
    assert "the time was up" in done.stdout
