import json
from dataclasses import asdict, replace

import pytest

from harness.core.errors import UsageError
from harness.run.confirm import measure_again, obstacle
from harness.run.plan import make_plan
from harness.run.start import Places
from tests.integration.runs import Quiet
from tests.unit.analyse.gate_runs import CASES, header_of

PLAN = json.loads(json.dumps(asdict(make_plan({"family": ["mlp"], "params": ["1e4"]}))))
HEADER = header_of(plan=PLAN)
HERE = HEADER.environment


def test_a_run_of_this_machine_and_these_versions_can_be_measured_again():
    assert obstacle(HEADER, HERE) == ""


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (replace(HERE, host="bench-2"), "host was 'bench-1', is 'bench-2'"),
        (replace(HERE, hard_keys={"cpu_model": "Another"}), "cpu_model was 'Made Up 3000'"),
        (replace(HERE, versions={"torch": "9"}), "torch was 'none', is '9'"),
        (replace(HERE, source={"commit": "abc"}), "commit was '', is 'abc'"),
    ],
)
def test_another_machine_version_or_commit_is_another_question(now, said):
    assert said in obstacle(HEADER, now)


def test_many_differences_are_counted():
    now = replace(HERE, versions=dict.fromkeys("abcdef", "1"))
    assert "and 3 more" in obstacle(HEADER, now)


def test_a_run_without_a_plan_cannot_be_measured_again():
    assert "no plan" in obstacle(header_of(plan={}), HERE)


def test_the_sides_of_an_ab_run_have_versions_of_their_own():
    run = replace(HEADER, candidate=HERE)
    assert obstacle(run, replace(HERE, versions={"torch": "9"})) == ""
    assert "host" in obstacle(run, replace(HERE, host="bench-2"))


def test_an_interpreter_that_is_gone_is_said(tmp_path):
    places = Places(out=tmp_path, cache=tmp_path, state=tmp_path)
    with pytest.raises(UsageError, match="not there any more"):
        measure_again(replace(HEADER, candidate=HERE), CASES[:1], places, Quiet())
