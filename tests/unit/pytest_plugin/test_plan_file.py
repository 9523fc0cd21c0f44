from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.pytest_plugin.plan_file import plan_path, read_cases
from harness.run.plan import read_plan


def test_every_case_of_a_plan_is_asked_for_and_the_control_is_the_run_s(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text('family = ["mlp"]\nparams = [1e4, 1e5]\nbackend = ["fake"]\n', encoding="utf-8")
    first, second = read_cases(str(path), {"rounds": 7})
    assert [one.case.nominal for one in (first, second)] == [10_000, 100_000]
    assert first.plan == second.plan
    assert first.plan.rounds == 7
    assert first.plan.control
    assert first.case.replica == second.case.replica == 0


def test_a_plan_of_the_package_stands_in_the_package(tmp_path):
    path = plan_path("quick", tmp_path)
    assert read_plan(str(path)) == read_plan("quick")


def test_a_plan_of_the_user_s_stands_beside_where_pytest_was_started(tmp_path):
    assert plan_path("sub/../plan.toml", tmp_path) == tmp_path.resolve() / "plan.toml"
    assert plan_path("/plan.toml", tmp_path) == Path("/plan.toml")


def test_conditions_that_make_no_run_are_refused():
    with pytest.raises(UsageError, match="rounds: 0: expected a whole number from 1 on"):
        read_cases("quick", {"rounds": 0})
