"""`pytest --inference-baseline`: what got worse is a failing test of its own, run last."""

import json

import pytest

from tests.integration.pytest_sessions import MARKED, PLAN, Sessions

SLUG = "mlp-1e4/fake-cpu-fp32-t1+work_us=50/b1"
VERDICT = f"{SLUG} latency_p50"
PLANNED = ("--inference-plan=plan.toml", "--inference-experienced")
AGAINST = (*PLANNED, "--inference-baseline=base")
SLOW = {"SCALECURVE_FAKE_OPTIONS": "work_us=400"}
BODY = (
    MARKED.replace("@pytest.mark.inference", "SETTINGS = dict")
    .replace("rounds=2, seconds=0.02", "rounds=3, seconds=0.1")
    .replace("def test", "\ndef test")
    .replace("    assert", "    inference.measure(**SETTINGS)\n    assert")
)


@pytest.fixture(scope="module")
def base(tmp_path_factory, cache):
    """A run of the plan, for all tests here: copied, never changed."""
    folder = tmp_path_factory.mktemp("base")
    environment = {"SCALECURVE_CACHE": str(cache), "SCALECURVE_STATE": str(folder / "state")}
    sessions = Sessions(folder, environment).plan().write(test_body=BODY)
    done = sessions.run(*PLANNED, "--inference-out=base")
    assert done.outcomes == {"passed": 2}, done.out
    return sessions.runs("base")


@pytest.fixture
def sessions(tmp_path, environment, base):
    (tmp_path / "base").mkdir()
    for run in base:
        name = run.path.rpartition("/")[2]
        with open(run.path, encoding="utf-8") as file:  # noqa: PTH123 - a path as text
            (tmp_path / "base" / name).write_text(file.read(), encoding="utf-8")
    return Sessions(tmp_path, environment).plan()


def test_what_got_slower_is_a_failing_test_of_its_own_for_junit_and_the_exit_status(sessions):
    done = sessions.run(*AGAINST, "--junitxml=junit.xml", **SLOW)
    assert done.code == 1
    assert done.outcomes == {"passed": 1, "failed": 1}, done.out
    assert sessions.junit() == {SLUG: [], VERDICT: ["failure"]}
    assert f"FAILED inference-baseline::{VERDICT}" in done.out
    assert f"{VERDICT} is slower: +" in done.out
    assert "Traceback" not in done.out
    assert "gated: 1 slower" in done.out


def test_it_was_measured_again_before_it_failed(sessions):
    sessions.run(*AGAINST, **SLOW)
    first, again = sessions.runs()
    assert "--confirming" not in first.header.command
    assert "--confirming" in again.header.command


def test_what_got_faster_passes(sessions):
    done = sessions.run(*AGAINST, SCALECURVE_FAKE_OPTIONS="work_us=1")
    assert done.code == 0
    assert done.outcomes["passed"] == 2, done.out


def test_verdicts_come_last_whatever_the_order_of_the_others(sessions):
    sessions.write(test_a="def test_a(): pass", test_z="def test_z(): pass")
    done = sessions.run(*AGAINST, "-p", "randomly", "--collect-only", "-q")
    names = [line for line in done.out.splitlines() if "::" in line]
    assert len(names) == 4
    assert names[-1] == f"inference-baseline::{VERDICT}"


def test_the_first_failure_can_end_the_session(sessions):
    sessions.write(test_a="def test_a(): assert False")
    done = sessions.run("test_a.py", *AGAINST, "-x", **SLOW)
    assert done.outcomes == {"failed": 1}
    assert "inference-baseline" not in done.out


def test_what_failed_last_is_measured_anew_when_only_that_is_run(sessions):
    sessions.run(*AGAINST, **SLOW)
    done = sessions.run(*AGAINST, "--last-failed", SCALECURVE_FAKE_OPTIONS="work_us=1")
    assert done.outcomes["passed"] == 1, done.out
    assert "deselected" in done.out


def test_what_decides_nothing_is_a_warning_and_strictly_a_failure(sessions):
    one_round = (*AGAINST, "--inference-rounds=1", "--inference-out=out")
    sessions.run(*PLANNED, "--inference-rounds=1", "--inference-out=one")
    against_one = [name.replace("=base", "=one") for name in one_round]
    done = sessions.run(*against_one)
    assert done.code == 0
    assert done.outcomes == {"passed": 2, "warning": 1}, done.out
    assert "InferenceWarning" in done.out
    strict = sessions.run(*against_one, "--inference-strict")
    assert strict.code == 1
    assert "is inconclusive" in strict.out


def test_a_case_measured_in_a_test_s_body_is_judged_too(sessions):
    sessions.write(test_body=BODY)
    done = sessions.run(
        "test_body.py", "--inference-baseline=base", "--inference-experienced", **SLOW
    )
    assert done.outcomes == {"passed": 1, "failed": 1}, done.out
    assert "FAILED inference-baseline::in test_body.py::test_small" in done.out


def test_a_gate_that_has_nothing_to_judge_says_so(sessions):
    sessions.write(test_it="def test_it(): pass")
    done = sessions.run("test_it.py", "--inference-baseline=base")
    assert done.outcomes == {"passed": 1}
    assert "WARNING: no figure was held against the baseline" in done.out


def test_a_run_file_can_be_named(sessions):
    (path, *_) = sorted((sessions.folder / "base").glob("*.jsonl"))
    done = sessions.run(*PLANNED, f"--inference-baseline={path}", **SLOW)
    assert done.outcomes == {"passed": 1, "failed": 1}, done.out
    assert f"baseline: base/{path.name}" in done.out


def test_figures_that_may_fail_can_be_named(sessions):
    done = sessions.run(
        *AGAINST, "--inference-metrics=latency_quiet,prepare_time", "--collect-only", "-q"
    )
    names = [line.rpartition(" ")[2] for line in done.out.splitlines() if "baseline::" in line]
    assert names == ["latency_p50", "prepare_time"]


def test_a_baseline_in_the_folder_that_this_session_writes_is_said(sessions):
    sessions.run(*PLANNED, "--inference-out=same")
    done = sessions.run(*PLANNED, "--inference-out=same", "--inference-baseline=same")
    assert "WARNING: this session's runs lie in the baseline's folder" in done.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--inference-baseline=none"], "none: no such file"),
        (["--inference-baseline=base", "--inference-metrics=speed"], "did you mean"),
        (["--inference-baseline=base", "-n", "2"], "needs measurements: xdist"),
        (["--inference-baseline=base", "--benchmark-disable"], "needs measurements: --benchmark"),
    ],
)
def test_a_gate_that_could_not_decide_ends_the_session_in_one_line(sessions, arguments, told):
    done = sessions.run("--inference-plan=plan.toml", *arguments)
    assert done.code == 4
    assert told in (done.out + done.err).lower().replace("--benchmark-disable", "--benchmark")
    assert "Traceback" not in done.out + done.err
    assert sessions.runs() == []


def test_a_baseline_of_another_machine_ends_the_session_before_it_measures(sessions):
    for path in (sessions.folder / "base").glob("*.jsonl"):
        header, *rest = path.read_text("utf-8").splitlines()
        known = json.loads(header)
        text = json.dumps(known).replace('"cpu_model": "', '"cpu_model": "Other ')
        path.write_text("\n".join([text, *rest, ""]), encoding="utf-8")
    done = sessions.run(*AGAINST)
    assert done.code == 4
    assert "cpu_model" in done.err
    assert sessions.runs() == []


def test_a_baseline_without_any_of_the_cases_ends_the_session_before_it_measures(sessions):
    done = sessions.plan(PLAN.replace("1e4", "5e4")).run(*AGAINST)
    assert done.code == 4
    assert "without a case in common" in done.err
    assert sessions.runs() == []
