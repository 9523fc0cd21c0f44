import pytest

from harness.core.case import Scenario
from harness.core.errors import UsageError
from harness.core.reason import ReasonCode
from harness.run.axes import cores_of, loads, splits
from harness.run.expand import expand
from harness.run.fit import impossible
from harness.run.plan import make_plan

ONE = {"family": ["mlp"], "params": ["1e5"], "backend": ["eager"], "control": False}


def named(plan, cores):
    return [f"{one.processes}x{one.threads}" for one in splits(make_plan({**ONE, **plan}), cores)]


@pytest.mark.parametrize(
    ("cores", "every"),
    [
        (1, ["1x1"]),
        (2, ["1x1", "1x2", "2x1"]),
        (4, ["1x1", "1x2", "1x4", "4x1", "2x2"]),
        (6, ["1x1", "1x2", "1x3", "1x6", "6x1", "3x2", "2x3"]),
    ],
)
def test_all_splits_use_every_core_and_have_one_process_of_each_size_beside(cores, every):
    assert named({"split": ["all"]}, cores) == every


def test_splits_are_taken_as_they_are_named_and_once():
    assert named({"split": ["2x3", "1x1", "2x3"]}, 2) == ["2x3", "1x1"]


def test_without_a_split_threads_are_those_of_one_process():
    assert named({"threads": [1, 4]}, 2) == ["1x1", "1x4"]


@pytest.mark.parametrize("text", ["2", "x2", "0x1", "2x0", "2x2x2", "any"])
def test_what_is_no_split_is_refused(text):
    with pytest.raises(UsageError, match=r"split: .* neither 'all' nor processes x threads"):
        named({"split": [text]}, 2)


def test_only_on_call_have_cases_rates_and_bounds():
    plan = make_plan({**ONE, "rate": [100, 0], "bound": [0.01]})
    assert [tuple(one) for one in loads(plan, Scenario.SERVER)] == [
        (Scenario.SERVER, 100.0, 0.01),
        (Scenario.SERVER, 0.0, 0.01),
    ]
    assert [tuple(one) for one in loads(plan, Scenario.OFFLINE)] == [(Scenario.OFFLINE, 0.0, 0.0)]


def test_a_rate_below_zero_is_refused():
    with pytest.raises(UsageError, match="rate -1 and bound 0"):
        list(loads(make_plan({**ONE, "rate": [-1]}), Scenario.SERVER))


def test_cases_have_the_processes_of_their_split():
    plan = {**ONE, "split": ["2x1"], "scenario": ["offline", "server"], "rate": [50]}
    offline, server = expand(make_plan(plan))
    assert offline.processes == server.processes == 2
    assert offline.slug == "mlp-1e5/eager-cpu-fp32-2x1/b1/offline"
    assert server.slug == "mlp-1e5/eager-cpu-fp32-2x1/b1/server@50"


def test_a_split_can_be_left_out():
    plan = {**ONE, "split": ["2x1", "1x1"], "exclude": [{"split": ["2x1"]}]}
    assert [case.split for case in expand(make_plan(plan))] == ["1x1"]


def test_threads_across_operators_are_an_option_and_one_of_them_is_none():
    cases = expand(make_plan({**ONE, "inter_op": [1, 2]}))
    assert [case.target.options for case in cases] == [(), (("inter_op_threads", "2"),)]


@pytest.mark.parametrize(
    "key", [{"inter_op": [0]}, {"load_seconds": 0.0}, {"load_seconds": 1e9}], ids=str
)
def test_numbers_that_make_no_run_are_refused(key):
    with pytest.raises(UsageError, match=next(iter(key))):
        make_plan({**ONE, **key})


def test_more_processes_than_cores_are_skipped():
    (case,) = expand(make_plan({**ONE, "split": ["4096x2"]}))
    assert impossible(case).code in {ReasonCode.TOO_FEW_CORES, ReasonCode.WOULD_NOT_FIT}


def test_a_query_of_several_streams_has_one_process():
    cases = expand(make_plan({**ONE, "split": ["1x1"], "scenario": ["multi_stream"]}))
    assert impossible(cases[0]) is None


def test_a_case_has_cores_for_all_threads_that_run_at_once():
    plan = {**ONE, "split": ["2x1", "1x3"], "inter_op": [1, 2]}
    assert [cores_of(case) for case in expand(make_plan(plan))] == [2, 4, 3, 3]
