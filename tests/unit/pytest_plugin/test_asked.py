from dataclasses import replace

import pytest

from harness.core.errors import UsageError
from harness.pytest_plugin.asked import ASKED, asked_by, asked_for, may_be_skipped, merged
from harness.run.plan import make_plan
from tests.unit.pytest_plugin.standins import MLP, asked, item_with

mark = pytest.mark.inference
NEVER, ALWAYS = (False,), (True,)


def test_a_mark_names_one_case_of_the_zoo():
    found = asked_for({**MLP, "backend": "onnxruntime", "threads": 2, "rounds": 5}, {})
    assert found.case.slug == "mlp-1e4/onnxruntime-cpu-fp32-t2/b1"
    assert found.plan.rounds == 5


def test_without_a_backend_it_is_eager():
    assert asked_for(MLP, {}).case.target.backend == "eager"


def test_the_session_s_defaults_hold_where_the_mark_says_nothing():
    assert asked_for(MLP, {"rounds": 7}).plan.rounds == 7
    assert asked_for({**MLP, "rounds": 2}, {"rounds": 7}).plan.rounds == 2


def test_none_is_as_if_it_were_not_given():
    assert asked_for({**MLP, "device": None}, {}).case.target.device == "cpu"


def test_an_unknown_setting_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="'batchsize'; did you mean batch_size"):
        asked_for({**MLP, "batchsize": 2}, {})


def test_a_list_is_answered_with_how_to_parametrise():
    with pytest.raises(UsageError, match=r'parametrize\("backend", \['):
        asked_for({**MLP, "backend": ["eager", "onnxruntime"]}, {})


def test_a_range_of_sizes_is_more_than_a_test_measures():
    with pytest.raises(UsageError, match="names 3 cases"):
        asked_for({"family": "mlp", "params": "1e4..1e5"}, {})


def test_marks_of_module_class_and_function_add_up_and_the_nearest_decides():
    item = item_with(mark(family="mlp", backend="fake", rounds=2), mark(params=1e4, rounds=4))
    found = asked_by(item, {})
    assert found.case.slug == "mlp-1e4/fake-cpu-fp32-t1/b1"
    assert found.plan.rounds == 4


def test_a_parametrised_argument_of_a_setting_s_name_is_that_setting():
    found = asked_by(item_with(mark(**MLP), backend="fake", unrelated=3), {})
    assert found.case.target.backend == "fake"


def test_parametrised_arguments_without_a_mark_mean_nothing():
    assert asked_by(item_with(params=1e4), {}) is None


def test_a_bare_mark_leaves_the_measuring_to_the_test():
    assert asked_by(item_with(mark()), {}) is None


def test_an_item_that_no_person_wrote_has_its_case_already():
    item = item_with(mark())
    item.stash[ASKED] = asked()
    assert asked_by(item, {}) is item.stash[ASKED]


def test_what_is_wrong_in_a_mark_names_its_test():
    with pytest.raises(UsageError, match=r"test_it\.py::test_it: family: no family 'mpl'"):
        asked_by(item_with(mark(family="mpl", params=1e4)), {})
    with pytest.raises(
        UsageError, match=r"test_it\.py::test_it: write the mark's settings by name"
    ):
        asked_by(item_with(mark("mlp")), {})


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], False),
        ([pytest.mark.skip(reason="why")], True),
        ([pytest.mark.skipif(*ALWAYS, reason="why")], True),
        ([pytest.mark.skipif(*NEVER, reason="why")], False),
        ([pytest.mark.skipif(condition=True, reason="why")], True),
        ([pytest.mark.skipif("sys.platform == 'win32'", reason="why")], True),
        (
            [pytest.mark.skipif(*NEVER, reason=""), pytest.mark.skipif(condition=True, reason="")],
            True,
        ),
    ],
)
def test_what_a_mark_skips_or_might_skip_is_not_measured_ahead(marks, expected):
    assert may_be_skipped(item_with(*marks)) is expected


def test_only_equal_conditions_share_a_run():
    assert asked().conditions == asked(params=1e5).conditions
    assert asked().conditions != asked(rounds=9).conditions
    assert asked().conditions != asked(seconds=9).conditions


def test_a_merged_plan_names_every_axis_once():
    plans = [
        asked(params=size, backend=name).plan for size, name in ((1e4, "fake"), (1e5, "eager"))
    ]
    found = merged([*plans, plans[0]])
    assert found.params == ("10000.0", "100000.0")
    assert found.backend == ("fake", "eager")
    assert found.family == ("mlp",)


def test_a_plan_alone_keeps_what_it_leaves_out_and_merged_ones_do_not():
    plan = make_plan({**MLP, "backend": ["eager", "fake"], "exclude": [{"backend": ["eager"]}]})
    assert merged([plan, plan]) == plan
    assert merged([plan, replace(plan, exclude=())]).exclude == ()
