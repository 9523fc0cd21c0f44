"""`budget --confirm`: the networks that it names are built, and measured by real processes."""

from __future__ import annotations

import json

import pytest

from harness.analyse.records import records
from harness.store.read import find_runs, read_run
from tests.unit.cli.law_runs import write_run

LIMIT = "first_inference=500ms"
"""Of the stand-in a second of work is never near: it takes microseconds at any size."""


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "laws", backends={"fake": (2e-4, 4e-9)})


def test_the_network_that_fits_and_the_next_grade_up_are_measured(scalecurve, run, tmp_path):
    done = scalecurve("budget", run, "--max", LIMIT, "--confirm", "--json", "--rounds", 1)
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)["confirmed"]
    assert found["fits"] is True
    assert found["next_grade"] == pytest.approx(found["size"] * 10**0.5, rel=1e-6)
    assert 0 < found["measured"]["first_inference"] < 0.5
    (path,) = find_runs([tmp_path / "runs"])
    sizes = {record.case.nominal for record in records(read_run(path))}
    assert sizes == {found["size"], found["next_grade"]}


def test_a_network_that_does_not_fit_ends_with_1(scalecurve, tmp_path):
    lying = write_run(tmp_path / "laws", backends={"fake": (1e-9, 1e-12)})
    done = scalecurve("budget", lying, "--max", "first_inference=10us", "--confirm", "--rounds", 1)
    assert done.returncode == 1, done.stderr
    assert "confirmed by measurement" in done.stdout
    assert "0 of 1 networks meet the budget" in done.stdout


def test_a_network_that_could_not_be_measured_ends_with_4(scalecurve, run):
    planted = {"SCALECURVE_FAKE_OPTIONS": "fault=raise"}
    done = scalecurve("budget", run, "--max", LIMIT, "--confirm", "--rounds", 1, **planted)
    assert done.returncode == 4, done.stderr
    assert "not known" in done.stdout
