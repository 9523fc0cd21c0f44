# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import math

import pytest
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse import pay_back
from harness.core.record import Value
from tests.unit.analyse.scaling.known import record


def pay_backs(records):
    return pay_back.pay_backs(records)


def fieller(top, bottom, quantile):
    return pay_back.fieller(top, bottom, quantile)


def timed(backend, prepare, latency, **changes):
    values = {"prepare_time": prepare, "latency_quiet": latency}
    return record(1e6, values, backend=backend, **changes)


def test_a_longer_preparation_is_repaid_by_what_each_inference_saves():
    (found,) = pay_backs([timed("eager", 0.1, 5e-3), timed("tensorrt", 10.1, 1e-3)])
    assert found.inferences.value == pytest.approx(10.0 / 4e-3)
    assert found.inferences.low < 2500 < found.inferences.high
    assert (found.quick.target.backend, found.fast.target.backend) == ("eager", "tensorrt")


def test_the_order_of_the_records_does_not_matter():
    first, second = timed("eager", 0.1, 5e-3), timed("tensorrt", 10.1, 1e-3)
    assert pay_backs([first, second]) == pay_backs([second, first])


def test_one_that_is_ready_sooner_and_faster_has_nothing_to_repay():
    assert pay_backs([timed("eager", 0.1, 1e-3), timed("tensorrt", 10.0, 2e-3)]) == ()


def test_latencies_that_overlap_leave_the_number_open():
    (found,) = pay_backs([timed("eager", 0.1, 1.001e-3), timed("tensorrt", 10.0, 1e-3)])
    assert found.inferences.low is None
    assert found.inferences.high is None
    assert found.note == "which of the two is faster is not sure"


def test_different_networks_and_control_cases_are_not_compared():
    other = record(1e7, {"prepare_time": 9.0, "latency_quiet": 1e-3}, backend="tensorrt")
    again = timed("tensorrt", 9.0, 1e-3, replica=1)
    assert pay_backs([timed("eager", 0.1, 5e-3), other, again]) == ()


def test_a_missing_time_is_not_compared():
    assert (
        pay_backs([timed("eager", 0.1, 5e-3), record(1e6, {"latency_quiet": 1e-3}, backend="x")])
        == ()
    )


def test_a_single_trial_is_taken_to_be_known_to_half_a_per_cent():
    alone = {
        name: Value(metric=name, value=value, n_trials=1)
        for name, value in (("prepare_time", 10.1), ("latency_quiet", 1e-3))
    }
    (found,) = pay_backs([timed("eager", 0.1, 5e-3), record(1e6, alone, backend="tensorrt")])
    assert found.inferences.low < 2500 < found.inferences.high


def test_the_interval_is_where_the_difference_to_the_ratio_may_be_zero():
    top, bottom = (10.0, 1.0), (4.0, 0.5)
    quantile = float(stats.norm.ppf(0.975))
    for end in fieller(top, bottom, quantile):
        error = math.hypot(top[1], end * bottom[1])
        assert abs(top[0] - end * bottom[0]) / error == pytest.approx(quantile)


def test_a_denominator_that_may_be_zero_leaves_the_ratio_open():
    assert fieller((1.0, 0.1), (1.0, 0.6), float(stats.t.ppf(0.975, 10))) == (None, None)


def test_a_number_of_inferences_is_never_below_zero():
    low, high = fieller((1.0, 2.0), (4.0, 0.1), 2.0)
    assert low == 0
    assert high > 0
