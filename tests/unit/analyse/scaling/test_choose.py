# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import math

import numpy as np
import pytest

from harness.analyse.scaling.choose import candidates, outliers
from harness.analyse.scaling.series import series_of
from harness.core.scaling import Form
from tests.unit.analyse.scaling.known import SIZES, costs, points, points_of

RISING = np.exp(np.maximum(np.log(np.array(SIZES) / 2e5), 0) * 1.1)
"""Flat, then a power, with a sharp corner."""


def noisy(clean, noise=0.01, seed=0):
    factors = np.exp(noise * np.random.default_rng(seed).standard_normal(len(clean)))
    return series_of(points_of(SIZES, clean * factors))


@pytest.mark.parametrize(
    ("clean", "form"),
    [
        (np.ones(8), Form.CONSTANT),
        (np.array(SIZES) ** 0.8, Form.POWER),
        (costs(), Form.OVERHEAD_POWER),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_the_form_that_made_the_points_has_the_most_evidence(clean, form, seed):
    _, chosen = candidates(noisy(clean, seed=seed))
    assert chosen.form is form


def test_a_sharp_corner_is_two_regions():
    _, chosen = candidates(noisy(RISING))
    assert chosen.form is Form.TWO_REGIONS


def test_the_criterion_is_akaikes_with_the_correction_for_few_points():
    series = noisy(np.array(SIZES) ** 0.8)
    listed, _ = candidates(series)
    slope, intercept = np.polyfit(series.sizes, series.costs, 1)
    left = series.costs - intercept - slope * series.sizes
    expected = 8 * math.log(float(left @ left) / 8) + 2 * 3 + 2 * 3 * 4 / (8 - 3 - 1)
    (power,) = (one for one in listed if one.form is Form.POWER)
    assert power.aicc == pytest.approx(expected)


def test_weights_sum_to_one_and_follow_the_criterion():
    listed, chosen = candidates(noisy(costs()))
    assert sum(one.weight for one in listed) == pytest.approx(1.0)
    assert max(listed, key=lambda one: one.weight).form is chosen.form


def test_points_without_noise_choose_the_simplest_form_that_meets_them():
    _, chosen = candidates(series_of(points_of(SIZES, np.array(SIZES) ** 0.8)))
    assert chosen.form is Form.POWER


def test_a_form_with_too_many_numbers_has_no_criterion():
    listed, _ = candidates(series_of(points(SIZES[:6], noise=0.01)))
    (regions,) = (one for one in listed if one.form is Form.TWO_REGIONS)
    assert regions.aicc is None
    assert regions.weight == 0


@pytest.mark.parametrize("sizes", [3, 4])
def test_below_five_sizes_a_power_stands_in(sizes):
    _, chosen = candidates(series_of(points(SIZES[:sizes], noise=0.01)))
    assert chosen.form is Form.POWER


def test_two_sizes_choose_nothing():
    listed, chosen = candidates(series_of(points(SIZES[:2])))
    assert chosen is None
    assert all(one.weight == 0 for one in listed)


@pytest.mark.parametrize("place", range(1, 7))
@pytest.mark.parametrize("factor", [3.0, 0.4])
def test_one_wild_point_between_the_ends_is_an_outlier(place, factor):
    wild = costs() * np.exp(0.02 * np.random.default_rng(7).standard_normal(8))
    wild[place] *= factor
    assert outliers(series_of(points_of(SIZES, wild))) == (place,)


def test_two_wild_points_are_two_outliers():
    wild = costs() * np.exp(0.02 * np.random.default_rng(8).standard_normal(8))
    wild[2] *= 4
    wild[5] *= 3
    assert outliers(series_of(points_of(SIZES, wild))) == (2, 5)


@pytest.mark.parametrize("seed", range(20))
def test_points_of_a_law_with_noise_are_no_outliers(seed):
    assert outliers(series_of(points(noise=0.1, seed=seed))) == ()


def test_the_smallest_and_the_largest_are_never_outliers():
    wild = costs()
    wild[-1] *= 3
    assert 7 not in outliers(series_of(points_of(SIZES, wild)))


def test_of_five_points_none_can_be_spared():
    wild = costs(SIZES[:5])
    wild[2] *= 3
    assert outliers(series_of(points_of(SIZES[:5], wild))) == ()
