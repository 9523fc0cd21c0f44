"""Flagged cases are measured again, with real processes, before there is an alarm.

What is slower is four times slower, so that no state of the machine decides these tests.
"""

import json
import sys
from dataclasses import replace

import pytest

from harness.analyse.baseline import CONFIRMATION
from harness.backends.fake import PLANTED
from harness.core.trial import Pass, Side
from harness.run import ab
from harness.run.confirm import measure_again
from harness.run.start import begin
from harness.store.read import read_run
from tests.integration.runs import fake_case, short_plan

PLAN = short_plan(
    params=["1e4", "1e5"],
    options=["fake.work_us=100"],
    rounds=3,
    seconds=0.15,
    memory=False,
    control=False,
)
SLOW = {PLANTED: "work_us=400"}
ASKED = ("gate", "candidate", "--baseline", "base", "--experienced", "--json")


@pytest.fixture
def runs(tmp_path, places, listener, monkeypatch):
    """A baseline, and a candidate that is slower, outside of any checkout."""
    monkeypatch.chdir(tmp_path)
    begin(PLAN, ["base"], replace(places, out=tmp_path / "base"), listener)
    with monkeypatch.context() as planted:
        planted.setenv(PLANTED, SLOW[PLANTED])
        begin(PLAN, ["candidate"], replace(places, out=tmp_path / "candidate"), listener)
    return tmp_path


def test_a_slowdown_that_is_still_there_is_confirmed_by_fresh_rounds(scalecurve, runs):
    done = scalecurve(*ASKED, **SLOW)
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert found["sentence"] == "2 confirmed regressions"
    assert {one["standing"] for one in found["findings"] if one["gated"]} == {"confirmed"}
    _, second = sorted((runs / "candidate").glob("*.jsonl"))
    fresh = read_run(second)
    assert second.name in done.stdout
    assert CONFIRMATION in fresh.header.command
    assert fresh.end is not None
    assert {trial.kind for trial in fresh.trials} == {Pass.TIMING}


def test_a_slowdown_that_is_gone_in_fresh_rounds_is_no_alarm(scalecurve, runs):
    done = scalecurve(*ASKED)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {one["standing"] for one in found["findings"] if one["gated"]} == {"cleared"}
    assert all(one["first"]["verdict"] == "slower" for one in found["findings"] if one["gated"])
    again = scalecurve(*ASKED, "--no-confirm")
    assert again.returncode == 1  # the fresh rounds are not taken for the candidate
    assert "unconfirmed" in again.stdout
    assert len(list((runs / "candidate").glob("*.jsonl"))) == 2


def test_only_what_was_flagged_is_measured_again(runs, places, listener):
    run = read_run(next((runs / "candidate").glob("*.jsonl")))
    one = run.header.cases[0]
    fresh = read_run(measure_again(run.header, [one], places, listener))
    assert fresh.header.cases == (one,)
    assert fresh.header.rounds == run.header.rounds
    with_control = replace(run.header, plan={**run.header.plan, "control": True})
    proven = read_run(measure_again(with_control, [one], places, listener))
    assert proven.header.cases == (one, replace(one, replica=1))


@pytest.mark.skipif(sys.platform != "linux", reason="taking turns needs pinning, which is Linux's")
def test_a_slowdown_of_one_interpreter_is_confirmed_by_fresh_pairs(
    scalecurve, tmp_path, places, listener
):
    slow = tmp_path / "slow-python"
    slow.write_text(
        f'#!/bin/sh\nexport {PLANTED}="{SLOW[PLANTED]}"\nexec "{sys.executable}" "$@"\n'
    )
    slow.chmod(0o755)
    sides = ab.Sides(candidate=str(slow))
    plan = replace(PLAN, rounds=4, seconds=1.0)  # enough slices of a turn even on a busy machine
    folder = replace(places, out=tmp_path / "ab")
    ab.measure((fake_case(),), plan, sides, ["ab"], places=folder, listener=listener)
    done = scalecurve("gate", "ab", "--experienced", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 1, done.stderr
    assert found["sentence"] == "1 confirmed regression"
    assert len(list((tmp_path / "ab").glob("*.jsonl"))) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="taking turns needs pinning, which is Linux's")
def test_an_ab_run_is_measured_again_with_both_of_its_interpreters(
    scalecurve, tmp_path, places, listener
):
    words = ("--family=mlp", "--params=1e4,1e5", "--backend=fake", "--out=ab")
    sides = ("--base", sys.executable, "--candidate", sys.executable)
    done = scalecurve("ab", *words, *sides, "--pairs=2", "--pair-seconds=0.2")
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "ab").glob("*.jsonl")
    run = read_run(path)
    fresh = read_run(measure_again(run.header, run.header.cases[:1], places, listener))
    assert fresh.header.candidate is not None
    assert {trial.side for trial in fresh.trials} == set(Side)
    assert fresh.header.cases[0] == run.header.cases[0]
    assert CONFIRMATION in fresh.header.command
