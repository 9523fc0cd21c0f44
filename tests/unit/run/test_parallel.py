"""Memory of several processes, weighed for real; and what an A/B run cannot measure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.case import Scenario
from harness.core.errors import UsageError
from harness.core.trial import Pass, Status
from harness.run.ab import Sides
from harness.run.ab import measure as measure_ab
from harness.run.expected import expected_seconds
from harness.run.parallel import weigh_all
from harness.run.plan import make_plan
from harness.run.start import Places
from tests.unit.run.test_processes import task


def test_every_process_of_a_case_is_weighed_and_makes_one_trial(tmp_path):
    one = task(Pass.MEMORY)
    two = replace(one, case=replace(one.case, processes=2))

    (first, alone), (second, both) = weigh_all([one, two], tmp_path, 60)

    assert (first, second) == (one, two)
    assert alone.outcome.status is both.outcome.status is Status.COMPLETED
    assert alone.others == ()
    assert len(both.others) == 1
    assert both.others[0].memory.run_peak > 0
    assert both.case_id == two.case.id


def test_a_process_that_dies_is_the_trial_s_reason(tmp_path):
    broken = task(Pass.MEMORY, fault="exit")
    ((_, trial),) = weigh_all(
        [replace(broken, case=replace(broken.case, processes=2))], tmp_path, 60
    )
    assert trial.outcome.status is Status.FAILED


class Silent:
    def expect(self, total):
        del total

    def step(self, label, done, seconds_left):
        del label, done, seconds_left

    def message(self, text):
        del text


@pytest.mark.parametrize("change", [{"processes": 2}, {"scenario": Scenario.SERVER}], ids=str)
def test_an_ab_run_refuses_cases_of_several_processes(tmp_path, change):
    plan = make_plan({"family": ["mlp"], "params": ["1e4"], "backend": ["fake"]})
    case = replace(task().case, **change)
    places = Places(out=tmp_path, cache=tmp_path, state=tmp_path)
    with pytest.raises(UsageError, match="one process a side"):
        measure_ab((case,), plan, Sides(), (), places, Silent())


def test_the_time_of_a_load_is_told_before():
    plan = make_plan({"family": ["mlp"], "params": ["1e4"], "load_seconds": 100.0, "rounds": 1})
    case = replace(task().case, scenario=Scenario.SERVER)
    assert expected_seconds([case], plan) > 100
