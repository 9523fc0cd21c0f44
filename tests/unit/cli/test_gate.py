import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from harness.core.case import Case, Target
from harness.core.trial import Outcome, Side, Status
from harness.store.fake import fake_failure
from model_zoo.spec import ModelSpec
from tests.unit.analyse.gate_runs import (
    CASES,
    CONTROL,
    ab_run,
    gate_run,
    header_of,
    written,
)
from tests.unit.analyse.gates import HOSTILE

SLOW = CASES[3]
EAGER = Target(backend="eager")


@pytest.fixture(autouse=True)
def _state(monkeypatch, tmp_path):
    monkeypatch.setenv("SCALECURVE_STATE", str(tmp_path / "state"))


@pytest.fixture
def base(tmp_path):
    return written(tmp_path / "base", gate_run()).parent


@pytest.fixture
def gate(command, tmp_path, base):
    """Judge a run against the baseline in a folder; nothing is measured again."""

    def judge(run, *words):
        path = written(tmp_path / "candidate", run)
        return command("gate", path, "--baseline", base, "--no-confirm", *words)

    return judge


def candidate(factors=None, **changes):
    return gate_run(header_of(**{"run_id": "bbbb2222", "day": 5, **changes}), factors)


def test_equal_code_ends_with_0(gate):
    done = gate(candidate())
    assert done.code == 0, done.err
    assert done.out.startswith("gate: no regression in 6 comparisons")


def test_a_regression_ends_with_1_and_one_failure_in_junit(gate, tmp_path):
    report = tmp_path / "new" / "junit.xml"
    done = gate(candidate({SLOW: 1.10}), "--junit", report)
    assert done.code == 1
    assert "slower, unconfirmed" in done.out
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - our own
    assert suite.get("failures") == "1"
    (failed,) = [test for test in suite if test.find("failure") is not None]
    assert failed.get("classname") == SLOW.slug


def test_a_faster_run_passes(gate):
    assert gate(candidate({SLOW: 0.8})).code == 0


def test_a_control_that_moved_ends_with_4(gate):
    done = gate(candidate({CONTROL: 1.5, SLOW: 1.10}))
    assert done.code == 4
    assert "MOVED" in done.err


def test_a_run_in_which_everything_failed_ends_with_4(gate):
    run = candidate()
    failures = tuple(fake_failure(case, 1) for case in (*CASES, CONTROL))
    assert gate(replace(run, trials=failures)).code == 4


def test_a_case_that_no_longer_runs_ends_with_1(gate):
    run = candidate()
    kept = tuple(trial for trial in run.trials if trial.case_id != SLOW.id)
    done = gate(replace(run, trials=(*kept, fake_failure(SLOW, 1))))
    assert done.code == 1
    assert "1 case that no longer runs" in done.out


def test_what_is_not_decided_passes_and_ends_a_strict_gate_with_3(gate):
    run = candidate({SLOW: 1.03})
    first = tuple(trial for trial in run.trials if trial.round == 1)
    short = replace(run, header=replace(run.header, rounds=1), trials=first)
    assert gate(short).code == 0
    short = replace(short, header=replace(short.header, run_id="bbbb3333"))
    done = gate(short, "--strict")
    assert done.code == 3
    assert "undecided" in done.err


def test_a_stale_baseline_is_loud_on_standard_error_in_markdown_and_as_annotation(gate, tmp_path):
    page = tmp_path / "comment.md"
    run = candidate(started_at="2026-03-30T00:00:00+00:00")
    done = gate(run, "--markdown", page, "--annotations")
    assert done.code == 0
    assert "WARNING: stale baseline: 87 days older" in done.err
    assert "::warning title=Gate::stale baseline" in done.err
    assert "**Warning**: stale baseline" in page.read_text()
    fresh = gate(replace(run, header=replace(run.header, run_id="c3")), "--max-age", 100)
    assert "stale" not in fresh.err


def test_no_comparable_baseline_ends_with_5_and_the_keys(gate):
    run = candidate()
    machine = replace(run.header.environment, hard_keys={"cpu_model": "Another"})
    done = gate(replace(run, header=replace(run.header, environment=machine)))
    assert done.code == 5
    assert "cpu_model was 'Made Up 3000', is 'Another'" in done.err


@pytest.mark.parametrize("name", ["nothing", "empty"])
def test_a_baseline_that_is_not_there_yet_ends_with_5(command, tmp_path, name):
    (tmp_path / "empty").mkdir()
    path = written(tmp_path / "candidate", candidate())
    done = command("gate", path, "--baseline", tmp_path / name)
    assert done.code == 5
    assert "measure one" in done.err


def test_a_damaged_run_in_the_folder_of_baselines_is_passed_over(gate, base):
    damaged = written(base, gate_run(header_of("damaged1", 4)))
    first, *rest = damaged.read_bytes().splitlines(keepends=True)
    damaged.write_bytes(first + b"damaged\n" + b"".join(rest))
    done = gate(candidate())
    assert done.code == 0
    assert "newer runs were passed over: 1 unreadable" in done.err


def test_a_named_difference_is_allowed_and_loud(gate):
    run = candidate()
    machine = replace(run.header.environment, hard_keys={"cpu_model": "Another"})
    done = gate(
        replace(run, header=replace(run.header, environment=machine)), "--across", "cpu_model"
    )
    assert done.code == 0
    assert "WARNING: baseline of another machine" in done.err


def test_a_run_is_no_baseline_of_itself(command, base):
    (path,) = base.iterdir()
    done = command("gate", path, "--baseline", path)
    assert done.code == 2
    assert "its own baseline" in done.err


def test_a_named_file_can_be_the_baseline_and_a_folder_has_the_candidate(command, base, tmp_path):
    written(tmp_path / "runs", candidate({SLOW: 1.10}))
    newest = written(tmp_path / "runs", candidate(run_id="cccc3333", day=7))
    again = header_of("dddd4444", 9, command=("scalecurve", "gate", "--confirming", "x"))
    written(tmp_path / "runs", gate_run(again))
    (file,) = base.iterdir()
    done = command("gate", tmp_path / "runs", "--baseline", file, "--no-confirm")
    assert done.code == 0
    assert newest.name in done.out


def test_a_folder_of_nothing_but_confirmations_has_no_candidate(command, base, tmp_path):
    again = header_of("dddd4444", 9, command=("scalecurve", "gate", "--confirming", "x"))
    written(tmp_path / "runs", gate_run(again))
    assert command("gate", tmp_path / "runs", "--baseline", base).code == 5


def test_a_flag_that_cannot_be_measured_again_here_says_why(command, base, tmp_path):
    path = written(tmp_path / "candidate", candidate({SLOW: 1.10}))
    done = command("gate", path, "--baseline", base)
    assert done.code == 1
    assert "not confirmed by fresh rounds: the run has no plan" in done.err.replace("\n", " ") or (
        "the candidate was measured elsewhere" in done.err
    )


def test_the_two_sides_of_an_ab_run_need_no_baseline(command, tmp_path):
    fine = written(tmp_path / "ab", ab_run(run_id="ab1"))
    assert command("gate", fine).code == 0
    slow = written(tmp_path / "ab", ab_run({SLOW: 1.10}, run_id="ab2"))
    done = command("gate", slow, "--no-confirm", "--openmetrics", tmp_path / "o.txt")
    assert done.code == 1
    assert SLOW.slug in done.out
    assert "scalecurve_latency_quiet_seconds" in (tmp_path / "o.txt").read_text()
    assert command("gate", slow, "--baseline", fine).code == 2


def test_a_case_that_fails_on_the_candidate_side_alone_ends_with_1(command, tmp_path):
    run = ab_run(run_id="ab3")
    outcome = Outcome(status=Status.FAILED, reason=fake_failure(SLOW).outcome.reason)
    trials = tuple(
        replace(trial, outcome=outcome, timeline=None)
        if (trial.case_id, trial.side) == (SLOW.id, Side.CANDIDATE)
        else trial
        for trial in run.trials
    )
    assert command("gate", written(tmp_path, replace(run, trials=trials))).code == 1


def test_json_is_the_only_thing_on_standard_output(gate):
    done = gate(candidate({SLOW: 1.10}), "--json", "--annotations")
    found = json.loads(done.out)
    assert (found["exit_code"], done.code) == (1, 1)
    assert found["findings"][0]["case"] == SLOW.slug
    assert "::error title=Regression::" in done.err


def test_every_file_that_was_asked_for_is_written(gate, tmp_path):
    files = {name: tmp_path / name for name in ("badge", "openmetrics", "markdown", "junit")}
    words = [word for name, path in files.items() for word in (f"--{name}", path)]
    assert gate(candidate(), *words).code == 0
    assert json.loads(files["badge"].read_text())["color"] == "brightgreen"
    assert files["openmetrics"].read_text().endswith("# EOF\n")
    assert files["markdown"].read_text().startswith("<!-- scalecurve-gate -->")


def test_a_summary_is_appended_within_what_the_step_has_left(gate, tmp_path, monkeypatch):
    summary = tmp_path / "summary.md"
    summary.write_text("x" * ((1 << 20) - 1_000) + "\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert gate(candidate({SLOW: 1.10}), "--summary").code == 1
    assert summary.read_text().startswith("xxx")
    assert "regression" in summary.read_text()
    assert "more lines were cut" in summary.read_text()
    assert summary.stat().st_size <= 1 << 20


def test_a_summary_that_has_nowhere_to_go_is_a_usage_error(gate, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    done = gate(candidate(), "--summary")
    assert done.code == 2
    assert "GITHUB_STEP_SUMMARY" in done.err


def test_versions_and_commits_that_differ_are_said(gate):
    run = candidate()
    versions = dict.fromkeys("abcdefgh", "2")
    other = replace(run.header.environment, versions=versions, source={"commit": "abc" * 9})
    done = gate(replace(run, header=replace(run.header, environment=other)))
    assert "versions: a none -> 2, b none -> 2" in done.out
    assert "and 2 more" in done.out
    assert "commit abcabcabcabc\n" in done.out


def test_an_unfinished_candidate_is_said(command, base, tmp_path):
    path = written(tmp_path / "candidate", candidate(), ended=False)
    assert "the candidate's run did not end" in command("gate", path, "--baseline", base).err


def test_text_from_files_stays_text_on_the_terminal(command, tmp_path):
    case = Case(model=ModelSpec.of("mlp", preset=HOSTILE.replace("\ud800", "")), target=EAGER)
    header = replace(header_of(), cases=(case, replace(case, replica=1)), parameter_counts={})
    base = written(tmp_path / "base", gate_run(header))
    newer = replace(header, run_id="bbbb2222", started_at="2026-01-05T03:04:05+00:00")
    path = written(tmp_path / "candidate", gate_run(newer, {case: 1.2, header.cases[1]: 1.2}))
    done = command("gate", path, "--baseline", base, "--no-confirm", "--annotations")
    assert done.code == 1
    assert "\x1b" not in done.out + done.err
    commands = [line for line in (done.out + done.err).splitlines() if "##[" in line]
    assert all(line.startswith("::") for line in commands)
    for line in done.out.splitlines():
        assert not line.lstrip().startswith("::")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--metrics", "latency"), "did you mean"),
        (("--across", "colour"), "no key 'colour'"),
        (("--threshold", "2"), "threshold"),
        (("--max-age", "-1"), "--max-age"),
        (("--junit", "/dev/null/x"), "cannot be written"),
    ],
)
def test_what_cannot_be_asked_ends_with_2(gate, words, said):
    done = gate(candidate(), *words)
    assert done.code == 2
    assert said in done.err


def test_without_a_baseline_nothing_is_judged(command, tmp_path):
    done = command("gate", written(tmp_path, candidate()))
    assert done.code == 2
    assert "--baseline" in done.err
