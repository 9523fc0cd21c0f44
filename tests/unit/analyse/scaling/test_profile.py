# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import math

import numpy as np
import pytest
from scipy.optimize import brentq, least_squares  # type: ignore[import-untyped]  # scipy ships no types
from scipy.stats import t as student  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse.scaling.forms import overhead_power
from harness.analyse.scaling.profile import profile_interval
from harness.analyse.scaling.series import series_of
from harness.core.scaling import Form
from tests.unit.analyse.scaling.known import SIZES, fit_form, free_overhead, points


def straight(series):
    design = np.stack([np.ones_like(series.sizes), series.sizes], axis=1)

    def model(numbers):
        slopes = np.repeat(design[None], numbers.shape[0], axis=0)
        return numbers @ design.T - series.costs, slopes

    return model


def test_of_a_straight_model_it_is_students_interval():
    series = series_of(points(noise=0.1, seed=2))
    found = fit_form(Form.POWER, series)
    low, high = profile_interval(
        straight(series), found.numbers, 1, squares=found.squares, degrees=found.degrees
    )
    error = found.residual_spread * math.sqrt(found.covariance[1, 1])
    half = student.ppf(0.975, found.degrees) * error
    assert low == pytest.approx(found.numbers[1] - half, rel=1e-6)
    assert high == pytest.approx(found.numbers[1] + half, rel=1e-6)


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("noise", [0.03, 0.3])
def test_its_ends_are_where_scipy_finds_the_limit(place, noise):
    series = series_of(points(noise=noise, seed=5))
    model = overhead_power(series)
    found = free_overhead(series)
    ends = profile_interval(
        model, found.numbers, place, squares=found.squares, degrees=found.degrees
    )
    limit = found.squares * (1 + student.ppf(0.975, found.degrees) ** 2 / found.degrees)
    others = [other for other in range(3) if other != place]

    def above(value):
        def residuals(free):
            numbers = found.numbers.copy()
            numbers[place] = value
            numbers[others] = free
            left = model(numbers[None])[0][0]
            return np.where(np.isfinite(left), left, 1e3)

        return 2 * least_squares(residuals, found.numbers[others], xtol=1e-12).cost - limit

    for end in ends:
        if end is not None:
            reach = end - found.numbers[place]
            exact = brentq(above, found.numbers[place] + 0.7 * reach, end + 0.3 * reach, xtol=1e-6)
            assert reach == pytest.approx(exact - found.numbers[place], rel=0.01)


def test_an_end_that_the_data_leave_open_is_none():
    flat = series_of(points(SIZES[:4], (1.0, 1e-12, 1.0), noise=0.05, seed=1))
    found = free_overhead(flat)
    low, high = profile_interval(
        overhead_power(flat), found.numbers, 2, squares=found.squares, degrees=found.degrees
    )
    assert low is None or high is None


def test_points_on_the_curve_leave_an_interval_of_no_width():
    series = series_of(points())
    found = free_overhead(series)
    low, high = profile_interval(
        overhead_power(series), found.numbers, 2, squares=found.squares, degrees=found.degrees
    )
    assert low == pytest.approx(0.9, rel=1e-2)
    assert high == pytest.approx(0.9, rel=1e-2)
