# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse.scaling.choose import candidates
from harness.analyse.scaling.curve import (
    cost_at,
    curve_at,
    curve_of,
    network_logarithms,
    probability_within,
    size_at,
)
from harness.analyse.scaling.series import series_of
from harness.analyse.scaling.work import Work
from harness.core.scaling import Form
from tests.unit.analyse.scaling.known import SIZES, costs, fit_form, points, points_of


def curve(data, form=Form.OVERHEAD_POWER, *, structure=0.0, has_work=False):
    series = series_of(data)
    work = Work(np.log([point.size for point in data]), 1.0) if has_work else None
    return curve_of(fit_form(form, series), series, structure=structure, work=work)


@pytest.mark.parametrize("size", [1e3, 2e5, 1e9])
def test_a_curve_of_exact_points_is_the_law_at_any_size(size):
    expected = float(costs([size])[0])
    found = curve_at(curve(points()), size)
    assert found.value == pytest.approx(expected, rel=0.02)
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize("form", list(Form))
def test_without_structure_a_network_costs_what_the_curve_says(form):
    one = curve(points(noise=0.05), form)
    for size in (1e3, 3e5, 1e8):
        assert cost_at(one, size).value == pytest.approx(curve_at(one, size).value)


@pytest.mark.parametrize("form", list(Form))
def test_a_network_is_less_sure_than_the_curve(form):
    one = curve(points(noise=0.05), form)
    for size in SIZES:
        of_curve, of_network = curve_at(one, size), cost_at(one, size)
        assert of_network.low < of_curve.low
        assert of_curve.high < of_network.high


def test_the_interval_of_a_power_is_the_textbooks():
    data = points(noise=0.1, seed=4)
    one = curve(data, Form.POWER)
    x, y = np.log([p.size for p in data]), np.log([p.cost for p in data])
    slope, intercept = np.polyfit(x, y, 1)
    left = y - intercept - slope * x
    spread = math.sqrt(float(left @ left) / 6)
    at = math.log(1e8)
    leverage = 1 / 8 + (at - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    half = student.ppf(0.975, 6) * spread
    found, network = curve_at(one, 1e8), cost_at(one, 1e8)
    assert math.log(found.high / found.value) == pytest.approx(half * math.sqrt(leverage))
    assert math.log(network.high / network.value) == pytest.approx(half * math.sqrt(1 + leverage))


def test_what_trials_do_not_explain_is_kept_at_a_size_that_was_measured():
    data = points(noise=0.2, seed=6)
    one = curve(data, structure=1.0)
    for point in data:
        found = cost_at(one, point.size)
        assert found.value == pytest.approx(point.cost)
        assert found.high / found.low < 1.01


def test_between_two_sizes_a_network_is_less_sure_than_at_them():
    one = curve(points(noise=0.2, seed=6), structure=0.9)
    at, between = cost_at(one, 1e6), cost_at(one, 1.78e6)
    assert between.high / between.low > at.high / at.low


def test_beyond_the_largest_size_the_cost_goes_on_from_it():
    one = curve(points(noise=0.2, seed=9), structure=1.0, has_work=True)
    last = SIZES[-1]
    assert cost_at(one, last * 1.0001).value == pytest.approx(cost_at(one, last).value, rel=1e-3)
    doubled = cost_at(one, 2 * last).value / cost_at(one, last).value
    assert math.log2(doubled) == pytest.approx(one.tail[0], rel=0.05)


def test_an_exact_fit_has_no_interval():
    one = curve(points(SIZES[:3]))
    assert curve_at(one, 1e5).low is None
    assert cost_at(one, 1e5).high is None


@given(st.floats(3.5, 8.0))
def test_the_size_at_a_cost_costs_that(logarithm):
    one = curve(points(noise=0.05, seed=1), has_work=True)
    size = 10**logarithm
    found = size_at(one, cost_at(one, size).value, 1e3, 1e9)
    assert found == pytest.approx(size, rel=1e-2)


def test_a_cost_below_the_overhead_has_no_size():
    assert size_at(curve(points()), 1e-6, 1e3, 1e9) is None


def test_a_cost_above_all_others_is_met_by_the_largest():
    assert size_at(curve(points()), 1e3, 1e3, 1e9) == 1e9


def test_the_largest_of_several_sizes_counts_where_costs_fall_between():
    wild = costs()
    wild[5] /= 3
    one = curve(points_of(SIZES, wild), Form.POWER, structure=1.0)
    assert size_at(one, 1.1 * wild[5], 1e4, 3e7) == pytest.approx(SIZES[5], rel=0.1)


@pytest.mark.parametrize("ratio", [0.8, 1.0, 1.3])
def test_the_probability_is_students(ratio):
    one = curve(points(noise=0.1, seed=3))
    logarithms, variances = network_logarithms(one, np.array([2e6]))
    limit = math.exp(float(logarithms[0])) * ratio
    expected = student.cdf(math.log(ratio) / math.sqrt(float(variances[0])), 5)
    assert probability_within(one, 2e6, limit) == pytest.approx(expected)


def test_a_cost_that_is_known_exactly_is_within_the_limit_or_not():
    one = replace(curve(points(), structure=1.0), residual_spread=0.0, covariance=((0.0,) * 3,) * 3)
    assert probability_within(one, 1e6, 1.0) == 1.0
    assert probability_within(one, 1e6, 1e-9) == 0.0


def test_a_constant_has_no_tail():
    series = series_of(points_of(SIZES, np.ones(8)))
    _, chosen = candidates(series)
    work = Work(np.zeros(8), 1.0)
    one = curve_of(chosen, series, structure=0.0, work=work)
    assert one.tail is None
    assert cost_at(one, 1e9).value == pytest.approx(1.0)
