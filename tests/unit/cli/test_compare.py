from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.run import Run
from harness.store.fake import FakeMachine
from harness.store.line import Line, encode_line
from tests.unit.analyse.compare.effects_made import QUIET, cases, run_of, with_keys, with_level

CASES = cases(12)
CONTROL = replace(CASES[0], replica=1)
SLOWER = replace(QUIET, latency_ns=1_060_000)


@pytest.fixture(autouse=True)
def _state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SCALECURVE_STATE", str(tmp_path / "state"))


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, Run], Path]:
    """Write a run to a file of that name."""

    def write(name: str, run: Run) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [Line(header=run.header), *(Line(trial=trial) for trial in run.trials)]
        path.write_bytes(b"".join(map(encode_line, lines)))
        return path

    return write


@pytest.fixture
def base(written) -> Path:
    return written("base.jsonl", run_of([*CASES, CONTROL]))


def candidate_of(machine: FakeMachine = QUIET) -> Run:
    return run_of([*CASES, CONTROL], machine, first=50)


def test_equal_runs_have_a_table_of_equivalent_cases(command, base, written):
    done = command("compare", base, written("candidate.jsonl", candidate_of()))
    assert done.code == 0
    assert "gated: 12 equivalent" in done.out
    assert "control: " in done.out
    assert "agrees with itself" in done.out
    assert "calibrate" in done.out


def test_json_has_an_object_a_case_and_metric(command, base, written):
    done = command("compare", "--json", base, written("candidate.jsonl", candidate_of(SLOWER)))
    assert done.code == 0
    found = json.loads(done.out)
    times = [one for one in found if one["metric"] == "latency_quiet"]
    assert len(times) == 12
    assert {one["verdict"] for one in times} == {"slower"}
    keys = {"case", "metric", "ratio", "verdict", "smallest_change", "rounds_needed"}
    assert all(keys <= set(one) for one in found)
    assert all(set(one["ratio"]) == {"value", "low", "high"} for one in times)


def test_csv_and_markdown_say_the_same(command, base, written):
    candidate = written("candidate.jsonl", candidate_of(SLOWER))
    lines = list(csv.DictReader(io.StringIO(command("compare", "--csv", base, candidate).out)))
    assert sum(line["verdict"] == "slower" for line in lines) == 12
    page = command("compare", "--markdown", base, candidate).out
    assert "**gated: 12 slower**" in page
    assert "- control: " in page


def test_a_folder_is_one_side_of_many_runs(command, written):
    first = written("old/one.jsonl", run_of(CASES))
    written("old/two.jsonl", run_of(CASES, first=20))
    candidate = written("candidate.jsonl", run_of(CASES, first=50))
    done = command("compare", "--json", first.parent, candidate)
    assert done.code == 0
    assert {one["rounds"] for one in json.loads(done.out)} >= {5}


def test_chosen_metrics_are_gated(command, base, written):
    candidate = written("candidate.jsonl", candidate_of(SLOWER))
    done = command("compare", "--metrics", "prepare_time", base, candidate)
    assert "gated: " in done.out
    assert "prepare_time" in done.out
    assert "latency_quiet" not in done.out


def test_times_as_experienced_are_compared_where_asked(command, base, written):
    candidate = written("candidate.jsonl", candidate_of())
    found = json.loads(command("compare", "--json", "--experienced", base, candidate).out)
    metrics = {one["metric"] for one in found}
    assert "latency_p50" in metrics
    assert "latency_quiet" not in metrics


def test_a_larger_threshold_forgives_more(command, base, written):
    candidate = written("candidate.jsonl", candidate_of(SLOWER))
    done = command("compare", "--threshold", "0.2", base, candidate)
    assert "gated: 12 equivalent" in done.out


def test_runs_that_are_not_comparable_end_with_5_and_the_keys(command, base, written):
    candidate = written("candidate.jsonl", with_keys(candidate_of(), cpu_model="Other 9"))
    done = command("compare", base, candidate)
    assert done.code == 5
    assert "cpu_model: Made Up 3000 | Other 9" in done.err
    assert done.out == ""
    allowed = command("compare", "--across", "cpu_model", base, candidate)
    assert allowed.code == 0
    assert "across cpu_model: Made Up 3000 | Other 9" in allowed.out
    assert command("compare", "--across", "machine", base, candidate).code == 0


def test_a_run_that_never_saw_the_machine_quiet_is_read_once_more(command, base, written):
    slow = with_level(candidate_of(FakeMachine(slow_share=1.0)), native_ns=23_600.0, anchored=False)
    done = command("compare", base, written("slow.jsonl", slow))
    assert "never saw this machine quiet" in done.out
    assert "machine_unquiet" in done.out


def test_a_control_that_moved_is_said_aloud(command, base, written):
    candidate = candidate_of()
    moved = run_of([CONTROL], SLOWER, first=50).trials
    kept = tuple(trial for trial in candidate.trials if trial.case_id != CONTROL.id)
    run = replace(candidate, trials=kept + moved)
    done = command("compare", base, written("moved.jsonl", run))
    assert done.code == 0
    assert "NOT PROVEN" in done.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--json", "--csv"), "give one of them"),
        (("--metrics", "latency_quie"), "did you mean latency_quiet"),
        (("--metrics", ","), "empty list"),
        (("--across", "cpu"), "cpu_model"),
        (("--threshold", "0"), "threshold is 0"),
    ],
)
def test_what_does_not_exist_ends_with_2(command, base, written, words, said):
    done = command("compare", *words, base, written("candidate.jsonl", candidate_of()))
    assert done.code == 2
    assert said in done.err


def test_a_file_that_is_on_both_sides_is_no_comparison(command, base, written):
    newer = written("more/candidate.jsonl", candidate_of())
    for one, other in ((base, base), (base.parent, newer), (newer, base.parent)):
        done = command("compare", one, other)
        assert done.code == 2
        assert "is on both sides" in done.err
        assert done.out == ""


def test_a_file_by_another_name_is_still_the_same_file(command, base):
    other = base.with_name("link.jsonl")
    other.symlink_to(base)
    assert command("compare", base, other).code == 2


def test_a_path_that_does_not_exist_ends_with_2(command, base, tmp_path):
    done = command("compare", base, tmp_path / "nothing.jsonl")
    assert done.code == 2
    assert "no such file" in done.err


def test_a_run_that_did_not_end_is_said_to_and_compared(command, base, written):
    done = command("compare", base, written("candidate.jsonl", candidate_of()))
    assert "base.jsonl: the run did not end" in done.err
    assert done.code == 0


def test_of_a_run_of_two_sides_the_baseline_is_compared_and_that_is_said(command, base, written):
    run = candidate_of()
    sides = replace(run, header=replace(run.header, candidate=run.header.environment))
    done = command("compare", base, written("ab.jsonl", sides))
    assert "only its baseline is compared" in done.err
    assert "gated: 12 equivalent" in done.out
