"""`pytest --inference-plan`: a plan's cases as tests, without any test code."""

import pytest

from tests.integration.pytest_sessions import PLAN, Sessions

SLUG = "mlp-1e4/fake-cpu-fp32-t1+work_us=50/b1"
GRAVE = PLAN.replace('["fake"]', '["fake", "onnxruntime-trt"]')


@pytest.fixture
def sessions(tmp_path, environment):
    return Sessions(tmp_path, environment).plan()


def test_a_plan_is_collected_where_there_is_no_test_file(sessions):
    done = sessions.run("--inference-plan=plan.toml", "--junitxml=junit.xml", "-W", "error")
    assert done.outcomes == {"passed": 1}, done.out
    assert sessions.junit() == {SLUG: []}
    (run,) = sessions.runs()
    assert run.header.rounds == 3
    assert SLUG in done.out.partition("benchmark: 1 tests")[2]


def test_a_plan_joins_the_tests_that_are_there(sessions):
    done = sessions.write(test_it="def test_it(): pass").run("--inference-plan", "plan.toml")
    assert done.outcomes == {"passed": 2}


def test_the_cases_of_a_plan_alone_are_chosen_by_the_mark(sessions):
    sessions.write(test_it="def test_it(): pass")
    done = sessions.run("--inference-plan=plan.toml", "-m", "inference", "--collect-only", "-q")
    assert f"plan.toml::{SLUG}\n" in done.out
    assert "test_it.py" not in done.out


def test_a_plan_outside_the_current_folder_is_collected_too(sessions, tmp_path):
    inner = Sessions(tmp_path / "inner", sessions.environment)
    inner.folder.mkdir()
    done = inner.run("--inference-plan=../plan.toml", "--inference-rounds=1")
    assert done.outcomes == {"passed": 1}, done.out
    (run,) = inner.runs()
    assert run.header.rounds == 1


def test_cases_that_this_machine_cannot_measure_are_skipped_with_their_reason(sessions):
    done = sessions.plan(GRAVE).run("--inference-plan=plan.toml", "-rs")
    assert done.outcomes == {"passed": 1, "skipped": 1}
    assert "provider_unavailable" in done.out


def test_plans_that_come_with_the_package_go_by_their_name(sessions):
    done = sessions.run("--inference-plan=quick", "--collect-only", "-q")
    assert "quick::mlp-1e5/eager-cpu-fp32-t1/b1\n" in done.out
    assert sessions.runs() == []


def test_side_by_side_a_plan_s_cases_are_run_once(sessions):
    done = sessions.run("--inference-plan=plan.toml", "-n", "1")
    assert done.outcomes == {"passed": 1}, done.out
    assert sessions.runs() == []


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("none.toml", PLAN, "no plan 'none.toml'"),
        ("plan.toml", "famly = 3\n" + PLAN, "plan.toml:1: unknown key 'famly'"),
        ("plan.toml", PLAN.replace('"mlp"', '"mpl"'), "no family 'mpl'; did you mean mlp"),
    ],
)
def test_what_is_wrong_with_a_plan_ends_the_session_in_one_line(sessions, name, text, told):
    done = sessions.plan(text).run(f"--inference-plan={name}")
    assert done.code == 4
    assert told in done.err
    assert "Traceback" not in done.out + done.err
    assert sessions.runs() == []
