# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import math

import numpy as np
import pytest

from harness.analyse.scaling.forms import crossing, joints, overhead_power
from harness.analyse.scaling.series import series_of, weighted
from harness.core.scaling import Form, SizePoint
from tests.unit.analyse.scaling.known import (
    SIZES,
    costs,
    fit_form,
    free_overhead,
    points,
    points_of,
)


def broken(sizes, joint, below, above):
    off = np.log(np.array(sizes) / joint)
    return np.exp(below * np.minimum(off, 0) + above * np.maximum(off, 0))


def test_overhead_and_power_are_found_where_there_is_no_noise():
    series = series_of(points())
    found = fit_form(Form.OVERHEAD_POWER, series)
    overhead, level, exponent = found.numbers
    assert overhead * series.cost_unit == pytest.approx(2e-5, rel=1e-3)
    assert exponent == pytest.approx(0.9, rel=1e-3)
    coefficient = math.exp(level - exponent * math.log(series.size_unit)) * series.cost_unit
    assert coefficient == pytest.approx(2e-9, rel=1e-2)
    assert found.degrees == 5


def test_a_power_is_the_straight_line_of_numpy():
    data = points(noise=0.1, seed=1)
    series = series_of(data)
    found = fit_form(Form.POWER, series)
    slope, intercept = np.polyfit(series.sizes, series.costs, 1)
    assert found.numbers == pytest.approx([intercept, slope])
    left = series.costs - intercept - slope * series.sizes
    assert found.residual_spread == pytest.approx(math.sqrt(float(left @ left) / 6))


def test_a_constant_is_the_mean_of_logarithms():
    series = series_of(points_of([1e4, 1e5, 1e6], [1.0, 2.0, 4.0]))
    found = fit_form(Form.CONSTANT, series)
    assert series.cost_unit * math.exp(found.numbers[0]) == pytest.approx(2.0)


def test_two_regions_meet_where_they_were_made_to_meet():
    series = series_of(points_of(SIZES, broken(SIZES, 3e5, 0.1, 1.2)))
    found = fit_form(Form.TWO_REGIONS, series)
    assert series.size_unit * math.exp(found.numbers[1]) == pytest.approx(3e5, rel=0.1)
    assert found.numbers[2:] == pytest.approx([0.1, 1.2], abs=0.03)


def test_weights_draw_the_line_towards_points_that_are_known_better():
    data = points_of([1e4, 1e5, 1e6], [1.0, 2.0, 4.0])
    heavy = [SizePoint(size=p.size, cost=p.cost, spread=0.01) for p in data[:1]]
    light = [SizePoint(size=p.size, cost=p.cost, spread=1.0) for p in data[1:]]
    series = weighted(series_of(data), [*heavy, *light], misfit=0.01)
    plain, drawn = (fit_form(Form.CONSTANT, one) for one in (series_of(data), series))
    assert drawn.numbers[0] < plain.numbers[0]
    assert series.weights.mean() == pytest.approx(1.0)


def test_points_of_unknown_spread_all_weigh_the_same():
    series = series_of(points())
    assert weighted(series, points(), 0.03) is series


def test_one_point_without_a_spread_weighs_like_the_typical_one():
    data = [*points(spread=0.02)[1:], points()[0]]
    series = weighted(series_of(data), data, misfit=0.0)
    assert series.weights == pytest.approx(np.ones(8))


@pytest.mark.parametrize(
    ("form", "sizes"),
    [(Form.CONSTANT, 0), (Form.POWER, 1), (Form.OVERHEAD_POWER, 2), (Form.TWO_REGIONS, 3)],
)
def test_a_form_needs_as_many_sizes_as_it_has_numbers(form, sizes):
    enough = series_of(points(SIZES[: sizes + 1]))
    assert fit_form(form, enough) is not None
    if sizes:
        assert fit_form(form, series_of([*points(SIZES[:sizes])] * 3)) is None


def test_a_curve_that_flattens_has_no_overhead():
    falling = np.array(SIZES) ** 0.9 / (1 + np.array(SIZES) / 1e6) ** 0.3
    series = series_of(points_of(SIZES, falling))
    assert fit_form(Form.OVERHEAD_POWER, series) is None
    assert free_overhead(series).numbers[0] < 0


@pytest.mark.parametrize("size", [0.0, -1.0, math.inf, math.nan])
def test_a_size_or_cost_that_is_no_positive_number_is_refused(size):
    with pytest.raises(ValueError, match="positive"):
        series_of([SizePoint(size=size, cost=1.0)])
    with pytest.raises(ValueError, match="positive"):
        series_of([SizePoint(size=1.0, cost=size)])


def test_no_points_are_refused():
    with pytest.raises(ValueError, match="at least one point"):
        series_of([])


@pytest.mark.parametrize("model", [overhead_power, crossing])
def test_slopes_are_those_of_small_differences(model):
    series = series_of(points(noise=0.1))
    numbers = np.array([[0.3, -0.2, 0.8]])
    residuals, slopes = model(series)(numbers)
    for place in range(3):
        step = np.zeros(3)
        step[place] = 1e-7
        moved, _ = model(series)(numbers + step)
        assert slopes[0, :, place] == pytest.approx((moved - residuals)[0] / 1e-7, abs=1e-5)


def test_slopes_of_two_regions_are_those_of_small_differences():
    series = series_of(points_of(SIZES, broken(SIZES, 3e5, 0.1, 1.2)))
    found = fit_form(Form.TWO_REGIONS, series)
    variances = np.diag(found.covariance)
    assert (variances > 0).all()


def test_joints_lie_from_the_second_size_to_the_last_but_one():
    series = series_of(points())
    tried = joints(series)
    assert tried[0] == pytest.approx(series.sizes[1])
    assert tried[-1] == pytest.approx(series.sizes[-2])
    assert (np.diff(tried) > 0).all()


def test_units_change_nothing_but_the_units():
    first = series_of(points(noise=0.03))
    second = series_of(
        [SizePoint(size=p.size * 1e3, cost=p.cost * 1e6) for p in points(noise=0.03)]
    )
    ours, theirs = (fit_form(Form.OVERHEAD_POWER, one) for one in (first, second))
    assert ours.numbers == pytest.approx(theirs.numbers, rel=1e-3)
    assert costs()[0] > 0
