"""Two interpreters in turns; every process here is real, and so are the pipes between them."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest

from harness.analyse.records import records
from harness.core.case import Case, Target
from harness.core.trial import Side, Status
from harness.run.ab import Sides
from harness.run.ab_pair import starter
from model_zoo.own import own_spec
from tests.integration.runs import fake_case
from tests.integration.sides import FLAGS, checkout, no_process_is_left, of, python_with, run_pairs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="both sides need to be pinned")

SHORT = [*FLAGS, "--pairs=2", "--pair-seconds=0.3"]
OTHER = {Side.BASE: Side.CANDIDATE, Side.CANDIDATE: Side.BASE}


def test_each_side_leaves_an_ordinary_trial_of_every_pair_in_one_file(places, listener):
    case = fake_case()
    control = replace(case, replica=1)
    run = run_pairs([case, control], Sides(), places, listener)
    assert run.header.candidate is not None
    assert len(run.trials) == 2 * 2 * 2
    for one in (case, control):
        for number in (1, 2):
            pair = of(run, one, number)
            assert set(pair) == set(Side)
            assert {trial.outcome.status for trial in pair.values()} == {Status.COMPLETED}
            assert all(trial.verification for trial in pair.values())
            assert all(trial.decision for trial in pair.values())
            assert not any(trial.timeline.host_ns for trial in pair.values())
    for side in Side:
        assert {record.outcome.status for record in records(run, side)} == {Status.COMPLETED}
    assert no_process_is_left()


def test_both_sides_take_turns_on_one_core_in_the_order_that_the_seed_gives(places, listener):
    case = fake_case()
    run = run_pairs([case], Sides(), places, listener, rounds=3, seed=7)
    for number in (1, 2, 3):
        pair = of(run, case, number)
        cores = {core for trial in pair.values() for core in trial.timeline.probes.core}
        assert len(cores) == 1
        slices = sorted(
            (start, start + duration, side)
            for side, trial in pair.items()
            for start, duration in zip(
                trial.timeline.slices.start_ns, trial.timeline.slices.duration_ns, strict=True
            )
        )
        ends = [end for _, end, _ in slices]
        assert all(end <= start for end, (start, _, _) in zip(ends, slices[1:], strict=False))
        first = starter(case.id, number, 7)
        block = [first, OTHER[first], OTHER[first], first]
        order = [side for _, _, side in slices]
        assert order == [block[place % 4] for place in range(len(order))]
        assert order.count(Side.BASE) == order.count(Side.CANDIDATE)


def test_who_starts_is_shuffled_and_each_side_starts_once_in_two_rounds():
    starts = [[starter(f"case{n}", number, 3) for number in (1, 2)] for n in range(50)]
    assert all(set(pair) == set(Side) for pair in starts)
    assert {pair[0] for pair in starts} == set(Side)
    assert starts == [[starter(f"case{n}", number, 3) for number in (1, 2)] for n in range(50)]


def test_each_side_runs_in_its_own_interpreter(places, listener, tmp_path):
    case = fake_case()
    sides = Sides(candidate=python_with(tmp_path, work_us="400"))
    run = run_pairs([case, replace(case, replica=1)], sides, places, listener, rounds=1)
    pair, control = of(run, case), of(run, replace(case, replica=1))
    assert min(pair[Side.CANDIDATE].timeline.samples_ns) >= 400_000
    for trial in (pair[Side.BASE], *control.values()):
        assert min(trial.timeline.samples_ns) < 400_000
    assert run.header.candidate.system["executable"] == sides.candidate
    assert run.header.environment.system["executable"] == sys.executable


def test_a_known_difference_can_be_planted_in_the_network_itself(places, listener):
    case, slower = fake_case(), fake_case(work_us="300")
    run = run_pairs([case], Sides(planted={case.id: slower}), places, listener, rounds=1)
    assert {trial.case_id for trial in run.trials} == {case.id}
    assert min(of(run, case)[Side.CANDIDATE].timeline.samples_ns) >= 300_000


BOTH = [f"--base={sys.executable}", f"--candidate={sys.executable}"]


def test_the_command_prints_the_sides_the_verdicts_and_where_the_file_is(scalecurve, tmp_path):
    done = scalecurve("ab", *BOTH, *SHORT)
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "runs").glob("*.jsonl")
    assert f"wrote {path.relative_to(tmp_path)}" in done.stderr
    assert f"base: CPython {sys.version.split()[0]}" in done.stdout
    assert "no version that can move a number" in done.stdout
    assert "latency_quiet" in done.stdout
    assert "control:" in done.stdout


def test_verdicts_can_be_json_or_markdown(scalecurve):
    found = json.loads(scalecurve("ab", *BOTH, *SHORT, "--json").stdout)
    assert {one["metric"] for one in found} == {"latency_quiet", "prepare_time"}
    assert {one["rounds"] for one in found} == {2}
    assert "| latency_quiet |" in scalecurve("ab", *BOTH, *SHORT, "--markdown").stdout
    assert scalecurve("ab", *BOTH, *SHORT, "--markdown", "--json").returncode == 2


def test_offline_cases_are_compared_by_their_throughput(scalecurve):
    flags = [*SHORT, "--scenario=offline", "--batch-size=8", "--json"]
    found = json.loads(scalecurve("ab", *BOTH, *flags).stdout)
    assert found[0]["metric"] == "throughput_quiet"


def test_a_dry_run_prints_cases_and_time_and_measures_nothing(scalecurve, tmp_path):
    done = scalecurve("ab", *BOTH, *FLAGS, "--dry-run")
    assert "2 cases, 5 pairs of each: about" in done.stdout
    told = json.loads(scalecurve("ab", *BOTH, *FLAGS, "--dry-run", "--json").stdout)
    assert len(told["cases"]) == 2
    assert told["expected_seconds"] > 0
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_an_interpreter_that_is_none_is_said_before_anything_runs(scalecurve, tmp_path, more):
    done = scalecurve("ab", BOTH[0], "--candidate=/bin/false", *FLAGS, *more)
    assert done.returncode == 2
    assert "--candidate" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "wrong", [["--pairs=0"], ["--pair-seconds=0"], ["--threshold=2"], ["--family=none"]]
)
def test_what_makes_no_run_is_refused(scalecurve, wrong):
    done = scalecurve("ab", *BOTH, *SHORT, *wrong)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_each_checkout_measures_its_own_network_against_its_own_reference(
    places, listener, tmp_path
):
    sides = Sides(base=checkout(tmp_path / "ours", 2), candidate=checkout(tmp_path / "theirs", 40))
    case = Case(model=own_spec("ab_nets:make"), target=Target(backend="eager"))
    run = run_pairs([case], sides, places, listener, rounds=1)
    pair = of(run, case)
    assert {trial.outcome.status for trial in pair.values()} == {Status.COMPLETED}
    assert all(trial.verification for trial in pair.values())
    fastest = {side: min(trial.timeline.samples_ns) for side, trial in pair.items()}
    assert fastest[Side.BASE] < fastest[Side.CANDIDATE]
