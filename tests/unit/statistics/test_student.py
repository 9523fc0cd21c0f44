import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special, stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.statistics.beta import incomplete_beta
from harness.statistics.interval import Interval
from harness.statistics.student import (
    mean_interval_of_logs,
    student_t_quantile,
    student_t_tail,
)

medians = arrays(np.float64, st.integers(2, 20), elements=st.floats(1e-6, 1e3))


def ends(interval: Interval) -> tuple[float, float]:
    """Both ends of an interval that must have them."""
    assert interval.low is not None
    assert interval.high is not None
    return interval.low, interval.high


@given(p=st.floats(0.51, 0.9999), dof=st.floats(1, 1000))
def test_quantiles_are_those_of_scipy(p, dof):
    assert student_t_quantile(p, dof) == pytest.approx(stats.t.ppf(p, dof), rel=1e-8)


@pytest.mark.parametrize("dof", range(1, 31))
@pytest.mark.parametrize("p", [0.9, 0.95, 0.975, 0.995, 0.9995, 0.9999])
def test_quantiles_of_the_usual_tables_are_those_of_scipy(p, dof):
    assert student_t_quantile(p, dof) == pytest.approx(stats.t.ppf(p, dof), rel=1e-11)


@given(offset=st.floats(1e-9, 0.01))
def test_close_to_the_median_the_closed_forms_hold(offset):
    cauchy = math.tan(math.pi * offset)
    two = 2 * offset * math.sqrt(2 / (1 - 4 * offset**2))
    p = 0.5 + offset
    exact = (p - 0.5) / offset
    assert student_t_quantile(p, 1) == pytest.approx(cauchy * exact, rel=1e-8)
    assert student_t_quantile(p, 2) == pytest.approx(two * exact, rel=1e-8)


@given(dof=st.floats(1, 1e9))
def test_the_median_is_zero(dof):
    assert student_t_quantile(0.5, dof) == 0


@given(p=st.floats(0.001, 0.999), dof=st.floats(1, 1000))
def test_the_distribution_is_symmetric(p, dof):
    mirrored = -student_t_quantile(1 - p, dof)
    assert student_t_quantile(p, dof) == pytest.approx(mirrored, rel=1e-9, abs=1e-12)


@given(p=st.floats(0.55, 0.9999), dof=st.floats(1, 1000))
def test_fewer_degrees_of_freedom_have_heavier_tails(p, dof):
    assert student_t_quantile(p, dof) > student_t_quantile(p, dof * 1.1)


@pytest.mark.parametrize("p", [0.6, 0.8, 0.975, 0.9999])
@pytest.mark.parametrize("dof", [9.9e5, 1.1e6, 1e9, math.inf])
def test_very_many_degrees_of_freedom_come_to_the_normal_distribution(p, dof):
    expected = stats.norm.ppf(p) if math.isinf(dof) else stats.t.ppf(p, dof)
    assert student_t_quantile(p, dof) == pytest.approx(expected, rel=1e-9)


def test_the_furthest_tail_is_reached():
    assert student_t_quantile(1e-12, 1) == pytest.approx(-1 / math.tan(math.pi * 1e-12), rel=1e-9)


@pytest.mark.parametrize(
    ("p", "dof"), [(0.0, 5), (1.0, 5), (1e-13, 5), (math.nan, 5), (0.9, 0.5), (0.9, math.nan)]
)
def test_what_is_out_of_range_is_refused(p, dof):
    with pytest.raises(ValueError, match="no quantile"):
        student_t_quantile(p, dof)


@given(a=st.floats(0.5, 500), b=st.floats(0.5, 500), parts=st.integers(0, 2**20))
def test_the_incomplete_beta_function_is_that_of_scipy(a, b, parts):
    x = parts / 2**20
    ours = incomplete_beta(a, b, x, 1 - x)
    assert ours == pytest.approx(special.betainc(a, b, x), rel=1e-10, abs=1e-13)


def test_the_incomplete_beta_function_survives_a_vanishing_denominator():
    x = 3 / 7
    assert incomplete_beta(4 / 3, 1.0, x, 1 - x) == pytest.approx(x ** (4 / 3))


@given(values=medians, confidence=st.floats(0.5, 0.999))
def test_the_interval_of_logs_is_the_t_interval_of_scipy(values, confidence):
    ours = mean_interval_of_logs(values, confidence)
    logs = np.log(values)
    error = logs.std(ddof=1) / math.sqrt(logs.size)
    half_width = stats.t.ppf((1 + confidence) / 2, logs.size - 1) * error
    assert math.log(ours.value) == pytest.approx(logs.mean(), abs=1e-9)
    expected = [logs.mean() - half_width, logs.mean() + half_width]
    assert np.log(ends(ours)).tolist() == pytest.approx(expected, rel=1e-7, abs=1e-7)


@given(values=medians, power=st.integers(-10, 10))
def test_scaling_the_unit_scales_the_interval_of_logs(values, power):
    plain, scaled = mean_interval_of_logs(values), mean_interval_of_logs(values * 2.0**power)
    assert scaled.value == pytest.approx(plain.value * 2.0**power, rel=1e-9)
    assert scaled.relative_half_width == pytest.approx(plain.relative_half_width, rel=1e-6)


@given(values=medians)
def test_more_confidence_widens_the_interval_of_logs(values):
    (low_50, high_50), (low_99, high_99) = (
        ends(mean_interval_of_logs(values, confidence)) for confidence in (0.5, 0.99)
    )
    assert low_99 <= low_50 <= high_50 <= high_99


def test_equal_trials_have_no_width():
    interval = mean_interval_of_logs(np.array([0.25, 0.25, 0.25]))
    assert interval.relative_half_width == 0
    assert interval.value == pytest.approx(0.25)


def test_a_single_trial_has_no_interval():
    interval = mean_interval_of_logs(np.array([0.25]))
    assert interval.value == pytest.approx(0.25)
    assert interval.low is None
    assert interval.high is None


def test_the_interval_over_trials_holds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    held = 0
    for logs in rng.normal(0.0, 0.02, (1000, 5)):
        low, high = ends(mean_interval_of_logs(np.exp(logs)))
        held += low <= 1 <= high
    assert 0.92 <= held / 1000 <= 0.98


@pytest.mark.parametrize("values", [[], [1.0, 0.0], [1.0, -1.0], [1.0, math.nan]])
def test_trials_without_a_logarithm_are_refused(values):
    with pytest.raises(ValueError, match="all positive"):
        mean_interval_of_logs(np.array(values, dtype=float))


@given(t=st.floats(-50, 50), dof=st.floats(0.5, 1e6))
def test_the_tail_is_that_of_scipy(t, dof):
    assert student_t_tail(t, dof) == pytest.approx(stats.t.sf(t, dof), rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("dof", [1e8, 1e10, math.inf])
def test_with_very_many_degrees_of_freedom_the_tail_is_the_normal_one(dof):
    assert student_t_tail(3.0, dof) == pytest.approx(stats.norm.sf(3.0), rel=1e-6)


def test_beyond_everything_there_is_no_tail():
    assert student_t_tail(math.inf, 3) == 0.0
    assert student_t_tail(-math.inf, 3) == 1.0


@given(p=st.floats(0.001, 0.999), dof=st.floats(1, 1000))
def test_the_tail_beyond_a_quantile_is_what_is_left(p, dof):
    assert student_t_tail(student_t_quantile(p, dof), dof) == pytest.approx(1 - p, rel=1e-8)


@pytest.mark.parametrize(("t", "dof"), [(math.nan, 3), (1.0, 0.0), (1.0, math.nan)])
def test_a_tail_of_nothing_is_refused(t, dof):
    with pytest.raises(ValueError, match="no tail"):
        student_t_tail(t, dof)
