import json
from dataclasses import replace

import pytest

from harness.store.calibration import stored_floors
from harness.store.fake import (
    FakeMachine,
    fake_case,
    fake_failure,
    fake_header,
    fake_memory_trial,
)
from harness.store.write import RunWriter

CASES = (fake_case(10_000), fake_case(20_000))


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("SCALECURVE_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def equal_runs(tmp_path):
    """Write four finished runs of the same code."""
    folder, machine = tmp_path / "equal", FakeMachine()
    for number in range(4):
        header = replace(fake_header(CASES), run_id=f"{number}" * 16)
        with RunWriter.create(folder, header) as writer:
            for case in CASES:
                for trial in range(3):
                    found = machine.trial(case, 10 * number + trial)
                    writer.append_trial(replace(found, round=trial))
                writer.append_trial(fake_memory_trial(case, number))
    return folder


def test_finished_runs_give_a_table_and_floors_that_are_kept(command, equal_runs, state):
    done = command("calibrate", "--from", equal_runs)
    assert done.code == 0
    assert done.out.startswith("Noise of equal runs, 4 runs\n")
    assert done.out.count("latency_quiet") == len(CASES)
    assert "prepare_time" not in done.out
    found = stored_floors(state, fake_header(CASES).environment.hard_keys)
    assert {key[0] for key in found} == {case.id for case in CASES}
    assert {key[1] for key in found} >= {"latency_quiet", "peak_rss", "prepare_time"}


def test_json_has_every_metric_and_nothing_needs_to_be_kept(command, equal_runs, state):
    done = command("calibrate", "--from", equal_runs, "--json", "--no-keep")
    rows = json.loads(done.out)
    assert {row["case_id"] for row in rows} == {case.id for case in CASES}
    assert "prepare_time" in {row["metric"] for row in rows}
    for row in rows:
        assert row["reason_code"] if row["floor"] is None else row["floor"] >= row["seen"] >= 0
    assert not state.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from",), "run"),
        (("--from", "runs", "--family", "mlp"), "--from takes finished runs"),
        (("quick", "standard"), "one plan at a time"),
        (("--runs", "1", "quick"), "--runs"),
        ((), "nothing to measure"),
        (("no-such-plan",), "no-such-plan"),
    ],
)
def test_what_makes_no_calibration_is_a_usage_error(command, words, said):
    done = command("calibrate", *words)
    assert done.code == 2
    assert said in done.err


def test_one_run_alone_is_refused(command, equal_runs):
    (path, *_) = sorted(equal_runs.iterdir())
    done = command("calibrate", "--from", path)
    assert done.code == 2
    assert "two or more" in done.err


def test_runs_without_a_single_value_leave_nothing_to_keep(command, tmp_path, state):
    for number in range(2):
        header = replace(fake_header(CASES), run_id=f"{number}" * 16)
        with RunWriter.create(tmp_path / "empty", header) as writer:
            writer.append_trial(fake_failure(CASES[0]))
    done = command("calibrate", "--from", tmp_path / "empty")
    assert done.code == 0
    assert "no floor of latency_quiet" in done.out
    assert "nothing to keep" in done.err
    assert not state.exists()
