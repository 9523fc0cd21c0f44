"""Points of a search: one network on one target, in the scenarios that the question is about."""

from harness.analyse.search_space import scenarios_of, space
from harness.core.case import Case, Scenario, Target
from harness.run.expand import expand
from harness.run.plan import make_plan
from model_zoo.own import own_spec

PLAN = {
    "family": ["mlp", "cnn"],
    "params": ["1e5", "1e4"],
    "backend": ["eager", "onnxruntime"],
    "threads": [2, 1],
    "batch_size": [1, 8],
}
BOTH = (Scenario.OFFLINE, Scenario.SINGLE_STREAM)


def test_axes_are_what_points_differ_in_and_numbers_are_in_order():
    found = space(expand(make_plan(PLAN)), BOTH)
    assert len(found.points) == 2**5
    assert {axis.name: axis.values for axis in found.axes} == {
        "family": ("mlp", "cnn"),
        "parameters": (1e4, 1e5),
        "batch_size": (1.0, 8.0),
        "backend": ("eager", "onnxruntime"),
        "threads": (1.0, 2.0),
    }
    assert {axis.name for axis in found.axes if axis.is_ordered} == {
        "parameters",
        "batch_size",
        "threads",
    }
    assert len(set(found.places)) == len(found.points)


def test_the_place_of_a_point_names_its_values():
    found = space(expand(make_plan(PLAN)), BOTH)
    names = [axis.name for axis in found.axes]
    for point, place in zip(found.points, found.places, strict=True):
        value = {
            name: axis.values[at] for name, axis, at in zip(names, found.axes, place, strict=True)
        }
        assert value["parameters"] == point.case.nominal
        assert value["batch_size"] == point.case.batch_size
        assert value["backend"] == point.case.target.backend


def test_cases_that_differ_in_the_scenario_alone_are_one_point_and_a_control_is_none():
    cases = expand(make_plan({**PLAN, "scenario": ["single_stream", "offline"]}))
    assert cases[-1].replica == 1
    found = space(cases, BOTH)
    assert len(found.points) == 2**5
    assert {tuple(case.scenario for case in point.cases) for point in found.points} == {BOTH}


def test_networks_of_the_users_own_lie_on_the_axis_of_families():
    cases = [
        Case(model=own_spec(name), target=Target(backend="eager")) for name in ("n:one", "n:two")
    ]
    (axis,) = space(cases, (Scenario.SINGLE_STREAM,)).axes
    assert axis.values == ("own n:one", "own n:two")


def test_a_slug_says_nothing_of_the_scenario():
    (point, *_) = space(expand(make_plan(PLAN)), BOTH).points
    assert point.slug == "mlp-1e5/eager-cpu-fp32-t2/b1"


def test_the_fewest_scenarios_that_have_all_metrics_are_chosen():
    single, offline = Scenario.SINGLE_STREAM, Scenario.OFFLINE
    assert scenarios_of(["throughput"], ["single_stream"]) == (offline,)
    assert set(scenarios_of(["throughput", "latency_p50"], ["single_stream"])) == {offline, single}
    assert scenarios_of(["artifact_bytes", "throughput"], ["single_stream"]) == (offline,)
    assert scenarios_of(["artifact_bytes"], ["offline"]) == (offline,)
    assert scenarios_of(["accuracy"], []) == (single,)
