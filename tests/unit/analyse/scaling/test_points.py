# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
from dataclasses import replace

import pytest
from scipy.stats import t as student  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse.scaling.points import cost_of, curves_of, standard_error, subject_of
from harness.core.case import Scenario
from harness.core.record import Value
from tests.unit.analyse.scaling.known import SIZES, record


def test_control_cases_and_presets_belong_to_no_law():
    records = [
        record(1e4, {"latency_quiet": 1.0}),
        record(1e5, {"latency_quiet": 1.0}, replica=1),
        record(1e6, {"latency_quiet": 1.0}, preset="gpt2"),
    ]
    ((_, found),) = curves_of(records)
    assert [point.size for point in found] == [1e4]


def test_records_without_a_value_with_zero_or_without_end_are_left_out():
    records = [
        record(1e7, {"latency_quiet": Value(metric="latency_quiet", value=float("inf"))}),
        record(1e4, {"latency_quiet": 1.0}),
        record(1e5, {}),
        record(1e6, {"latency_quiet": Value(metric="latency_quiet", value=0.0)}),
    ]
    ((_, found),) = curves_of(records)
    assert len(found) == 1


def test_a_network_of_unknown_size_has_no_place():
    one = replace(record(1e4, {"latency_quiet": 1.0}), parameter_count=None)
    assert list(curves_of([one])) == []


def test_a_point_knows_its_case_and_its_spread():
    one = record(1e4, {"latency_quiet": 2.0}, spread=0.03)
    ((subject, (point,)),) = curves_of([one])
    assert point.case == one.case
    assert point.spread == pytest.approx(0.03, rel=0.01)
    assert subject == subject_of(one, "latency_quiet")
    assert subject.unit == "s"


@pytest.mark.parametrize("trials", [2, 3, 10])
def test_the_standard_error_is_read_back_from_the_interval(trials):
    half = student.ppf(0.975, trials - 1) * 0.02
    value = Value(
        metric="latency_quiet", value=3.0, low=3 - 3 * half, high=3 + 3 * half, n_trials=trials
    )
    assert standard_error(value) == pytest.approx(0.02)


@pytest.mark.parametrize(
    "value",
    [
        Value(metric="latency_quiet", value=3.0),
        Value(metric="latency_quiet", value=3.0, low=1.0, high=float("inf"), n_trials=2),
        Value(metric="working_rss", value=0.0, low=0.0, high=1.0, n_trials=2),
    ],
)
def test_without_two_ends_there_is_no_standard_error(value):
    assert standard_error(value) is None


def test_a_throughput_and_its_cost_turn_into_each_other():
    assert cost_of(cost_of(8.0, "throughput_quiet"), "throughput_quiet") == 8.0
    assert cost_of(4.0, "throughput_quiet") == 0.25
    assert cost_of(4.0, "latency_quiet") == 4.0


def test_metrics_that_are_not_usual_are_asked_for_by_name():
    records = [record(size, {"spike_rate": 0.1}, scenario=Scenario.SINGLE_STREAM) for size in SIZES]
    assert list(curves_of(records)) == []
    assert len(list(curves_of(records, ["spike_rate"]))) == 1
