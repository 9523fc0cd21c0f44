from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.case import Scenario
from harness.core.errors import UsageError
from harness.run.expand import expand
from harness.run.plan import make_plan, read_plan
from harness.run.schedule import cores_of_trial, order
from model_zoo.solve import parameter_count, smallest

ONE = {"family": ["mlp"], "params": ["1e5"], "backend": ["eager"]}


def test_the_axes_multiply_and_the_control_case_comes_last():
    cases = expand(make_plan({**ONE, "params": ["1e5", "1e6"], "threads": [1, 2]}))
    assert [case.replica for case in cases] == [0, 0, 0, 0, 1]
    assert len({case.id for case in cases}) == 5


def test_the_control_is_a_case_of_the_first_device():
    cases = expand(make_plan({**ONE, "device": ["cpu", "cuda", "cuda:1"]}))
    assert cases[-1].replica == 1
    assert cases[-1].target.device == "cpu"


def test_quick_is_what_the_documentation_says():
    every = expand(read_plan("quick"))
    cases = [case for case in every if not case.target.is_cuda]
    assert len(every) - len(cases) == len(cases) - 1 + 4 * 3 + 4
    assert not any(case.target.backend == "tensorrt" for case in cases)
    single = [c for c in cases if c.scenario is Scenario.SINGLE_STREAM and not c.replica]
    offline = [c for c in cases if c.scenario is Scenario.OFFLINE]
    assert len(single) == 4 * 3 * 3
    assert {c.batch_size for c in single} == {1}
    assert len(offline) == 4 * 3
    assert {(c.batch_size, c.nominal) for c in offline} == {(8, 1_000_000)}
    assert sum(c.replica for c in cases) == 1


def test_standard_has_half_decades_from_the_smallest_of_each_family():
    cases = [c for c in expand(read_plan("standard")) if not c.replica]
    assert len({c.model.family for c in cases}) == 8
    for family in {c.model.family for c in cases}:
        sizes = sorted({parameter_count(c.model) for c in cases if c.model.family == family})
        assert sizes[0] <= max(10_100, smallest(family) * 1.01)
        assert sizes[-1] == pytest.approx(1e8, rel=0.01)
        assert all(b / a < 3.3 for a, b in pairwise(sizes))


def test_a_preset_is_a_case_of_its_own():
    (case, _) = expand(make_plan({"preset": ["resnet50"], "backend": ["eager"]}))
    assert case.slug.startswith("resnet50/eager-cpu-fp32-t1/b1")


def test_options_go_to_the_cases_of_their_backend_only():
    plan = {**ONE, "backend": ["eager", "torchscript"], "control": False}
    cases = expand(make_plan({**plan, "options": ["torchscript.optimize_for_inference=1"]}))
    assert [case.target.options for case in cases] == [(), (("optimize_for_inference", "1"),)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"family": ["mpl"]}, "did you mean mlp"),
        ({"backend": ["onnxruntme"]}, "did you mean onnxruntime"),
        ({"device": ["tpu"]}, "expected 'cpu', 'cuda'"),
        ({"precision": ["fp23"]}, "did you mean fp32"),
        ({"scenario": ["ofline"]}, "did you mean offline"),
        ({"params": ["1e99"]}, "10"),
        ({"params": ["7"]}, "it reaches .* to 100,000,000,000"),
        ({"params": ["many"]}, "not a number"),
        ({"params": ["-5"]}, "no number of parameters"),
        ({"params": ["nan"]}, "no number of parameters"),
        ({"preset": ["resnet5"]}, "resnet50"),
        ({"options": ["fast"]}, "backend.name=value"),
        ({"exclude": [{"family": ["mlp"]}]}, "leaves out every case"),
    ],
)
def test_a_name_that_does_not_exist_is_refused_with_those_that_do(change, said):
    with pytest.raises(UsageError, match=said):
        expand(make_plan({**ONE, **change}))


@given(st.integers(0, 1000), st.integers(1, 9))
def test_the_order_of_a_round_is_shuffled_and_repeatable(seed, number):
    cases = expand(make_plan({**ONE, "threads": [1, 2, 3, 4]}))
    assert order(cases, number, seed) == order(cases, number, seed)
    assert sorted(c.id for c in order(cases, number, seed)) == sorted(c.id for c in cases)


def test_the_order_differs_between_rounds():
    cases = expand(make_plan({**ONE, "threads": list(range(1, 12))}))
    assert order(cases, 1, 0) != order(cases, 2, 0)


@given(st.lists(st.integers(0, 99), unique=True), st.integers(1, 8), st.integers(0, 99))
def test_a_trial_is_pinned_to_as_many_cores_as_it_has_threads(allowed, threads, turn):
    pinned, spare = cores_of_trial(allowed, threads, turn)
    assert len(pinned) == min(threads, len(allowed))
    assert set(pinned) | set(spare) <= set(allowed)
    assert not set(pinned) & set(spare)
    assert not (threads > 1 and spare)


def test_networks_of_one_s_own_are_cases_of_a_family_without_sizes():
    plan = {"module": ["mine.nets:make", "mine.nets:other"], "backend": ["eager", "onnxruntime"]}
    cases = expand(make_plan(plan))
    assert len(cases) == 4 + 1
    assert {case.model.family for case in cases} == {"own"}
    assert cases[0].slug == "mine.nets:make/eager-cpu-fp32-t1/b1"
    less = expand(make_plan({**plan, "exclude": [{"module": ["mine.nets:make"]}]}))
    assert {case.model.preset for case in less} == {"mine.nets:other"}


def test_a_reference_to_no_network_is_refused_before_anything_is_imported():
    with pytest.raises(UsageError, match=r"^module: 'mine' is not of the form"):
        expand(make_plan({"module": ["mine"]}))


def test_a_range_that_ends_before_it_begins_is_refused():
    with pytest.raises(UsageError, match=r"1e\+08\.\.1e\+04 ends before it begins"):
        expand(make_plan({**ONE, "params": ["1e8..1e4"]}))
