# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import numpy as np
import pytest
from scipy.stats import linregress, pearsonr, spearmanr  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse.scaling.regression import regression, two_sided
from tests.unit.analyse.scaling.known import SIZES, points, points_of


def test_the_line_is_that_of_scipy():
    data = points(noise=0.3, seed=1)
    x = np.log([p.size / 1e6 for p in data])
    y = np.log([p.cost for p in data])
    expected = linregress(x, y)
    found = regression(data, 1e6)
    intercept, slope = found.rows
    assert found.n == 8
    assert slope.estimate == pytest.approx(expected.slope)
    assert slope.standard_error == pytest.approx(expected.stderr)
    assert slope.t == pytest.approx(expected.slope / expected.stderr)
    assert slope.p == pytest.approx(expected.pvalue)
    assert intercept.estimate == pytest.approx(expected.intercept)
    assert intercept.standard_error == pytest.approx(expected.intercept_stderr)
    assert found.r_squared == pytest.approx(expected.rvalue**2)


def test_the_correlations_are_those_of_scipy():
    rng = np.random.default_rng(3)
    data = points_of(SIZES, np.exp(rng.standard_normal(8)))
    x, y = np.log(SIZES), np.log([p.cost for p in data])
    found = regression(data, 1e6)
    pearson, spearman = pearsonr(x, y), spearmanr(x, y)
    assert found.pearson.estimate == pytest.approx(pearson.statistic)
    assert found.pearson.p == pytest.approx(pearson.pvalue)
    assert found.spearman.estimate == pytest.approx(spearman.statistic)
    assert found.spearman.p == pytest.approx(spearman.pvalue)


def test_equal_values_share_their_rank():
    data = points_of([1e4, 1e4, 1e5, 1e6], [1.0, 3.0, 2.0, 2.0])
    expected = spearmanr([p.size for p in data], [p.cost for p in data])
    assert regression(data, 1e6).spearman.estimate == pytest.approx(expected.statistic)


def test_a_cost_that_never_varies_has_no_correlation():
    found = regression(points_of([1e4, 1e5, 1e6], [2.0, 2.0, 2.0]), 1e6)
    assert found.r_squared is None
    assert found.pearson.t is None
    assert found.rows[1].estimate == pytest.approx(0.0)


def test_points_that_rise_without_fail_have_a_spearman_of_one_and_no_p():
    found = regression(points(), 1e6)
    assert found.spearman.estimate == pytest.approx(1.0)
    assert found.spearman.p is None


def test_a_line_without_residuals_has_no_t():
    found = regression(points_of([1.0, np.e, np.e**2], [1.0, np.e, np.e**2]), 1.0)
    assert found.rows[1].estimate == pytest.approx(1.0)


@pytest.mark.parametrize("sizes", [[1e4, 1e5], [1e4, 1e4, 1e4]])
def test_too_few_sizes_have_no_line(sizes):
    assert regression(points_of(sizes, np.arange(1, len(sizes) + 1)), 1e6) is None


def test_a_t_of_zero_proves_nothing():
    assert two_sided(0.0, 5) == pytest.approx(1.0)
