# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.scaling.choose import candidates
from harness.analyse.scaling.intervals import change_point, regions, report
from harness.analyse.scaling.series import series_of
from harness.core.scaling import Bound, Form
from tests.unit.analyse.scaling.known import (
    COEFFICIENT,
    EXPONENT,
    OVERHEAD,
    SIZES,
    fit_form,
    points,
    points_of,
)

CORNER = (OVERHEAD / COEFFICIENT) ** (1 / EXPONENT)


def holds(estimate, truth):
    return (estimate.low is None or estimate.low <= truth) and (
        estimate.high is None or truth <= estimate.high
    )


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    draws = 60
    hits = np.zeros(5)
    for seed in range(draws):
        series = series_of(points(noise=0.03, seed=seed))
        found = report(series, 1e6)
        change = change_point(series, fit_form(Form.OVERHEAD_POWER, series))
        truths = (
            (found.overhead, OVERHEAD),
            (found.coefficient, COEFFICIENT),
            (found.exponent, EXPONENT),
            (found.at_reference, COEFFICIENT * 1e6**EXPONENT),
            (change, CORNER),
        )
        hits += [holds(estimate, truth) for estimate, truth in truths]
    # Of 60 draws at 95 %, fewer than 51 has a probability below 0.1 %.
    assert (hits >= 51).all()
    assert (hits < draws * 5).all()


def test_values_lie_in_their_intervals():
    for seed in range(5):
        found = report(series_of(points(noise=0.2, seed=seed)), 1e6)
        for one in (found.overhead, found.coefficient, found.exponent, found.at_reference):
            assert one.low is None or one.low <= one.value
            assert one.high is None or one.value <= one.high


def test_an_overhead_that_cannot_be_seen_is_zero_with_an_upper_end():
    found = report(series_of(points(law=(0.0, 1e-9, 0.9), noise=0.03, seed=4)), 1e6)
    assert found.overhead.low == 0
    assert found.overhead.high > 0
    assert holds(found.exponent, 0.9)


def test_a_best_overhead_below_zero_is_zero_and_the_values_are_the_power_laws():
    data = points_of(SIZES, np.array(SIZES) ** 0.9 / (1 + np.array(SIZES) / 1e6) ** 0.3)
    series = series_of(data)
    slope = np.polyfit(series.sizes, series.costs, 1)[0]
    found = report(series, 1e6)
    assert found.overhead.value == found.overhead.low == 0
    assert found.exponent.value == pytest.approx(slope)


def test_two_sizes_have_no_numbers():
    assert report(series_of(points(SIZES[:2])), 1e4) is None


def test_three_sizes_have_numbers_without_ends():
    found = report(series_of(points(SIZES[1::3])), 1e6)
    assert found.exponent.value == pytest.approx(EXPONENT, rel=1e-2)
    assert (found.exponent.low, found.exponent.high) == (None, None)
    assert found.overhead.low == 0


def test_the_change_point_is_where_overhead_and_growing_part_are_equal():
    series = series_of(points())
    change = change_point(series, fit_form(Form.OVERHEAD_POWER, series))
    assert change.value == pytest.approx(CORNER, rel=1e-2)


def test_below_the_change_point_it_is_launch_bound_and_above_throughput_bound():
    series = series_of(points(noise=0.01))
    chosen = fit_form(Form.OVERHEAD_POWER, series)
    change = change_point(series, chosen)
    below, above = regions(series, chosen, change)
    assert (below.bound, above.bound) == (Bound.LAUNCH, Bound.THROUGHPUT)
    assert below.low == pytest.approx(SIZES[0])
    assert below.high == above.low == change.value
    assert above.high == pytest.approx(SIZES[-1])
    assert holds(above.exponent, EXPONENT)


def test_a_change_outside_the_sizes_is_none_and_there_is_one_region():
    series = series_of(points(law=(1e-7, COEFFICIENT, EXPONENT)))
    chosen = fit_form(Form.OVERHEAD_POWER, series)
    assert change_point(series, chosen) is None
    (only,) = regions(series, chosen, None)
    assert only.bound is Bound.THROUGHPUT


@pytest.mark.parametrize("form", [Form.CONSTANT, Form.POWER])
def test_one_form_is_one_region(form):
    series = series_of(points(noise=0.01))
    chosen = fit_form(form, series)
    assert change_point(series, chosen) is None
    assert len(regions(series, chosen, None)) == 1


def test_a_constant_is_launch_bound():
    series = series_of(points_of(SIZES, np.ones(8)))
    (only,) = regions(series, fit_form(Form.CONSTANT, series), None)
    assert only.bound is Bound.LAUNCH
    assert only.exponent.value == 0


def corner(seed, noise=0.01):
    off = np.log(np.array(SIZES) / 3e5)
    clean = np.exp(np.where(off < 0, 0.05, 0.9) * off)
    rng = np.random.default_rng(seed)
    return series_of(points_of(SIZES, clean * np.exp(noise * rng.standard_normal(8))))


def test_the_joint_of_two_regions_is_found_with_an_interval():
    hits = 0
    for seed in range(40):
        series = corner(seed)
        _, chosen = candidates(series)
        assert chosen.form is Form.TWO_REGIONS
        hits += holds(change_point(series, chosen), 3e5)
    # Of 40 draws at 95 %, fewer than 33 has a probability below 0.1 %.
    assert hits >= 33


def test_a_joint_at_the_edge_of_what_can_be_seen_has_an_open_end():
    off = np.log(np.array(SIZES) / SIZES[1])
    clean = np.exp(np.where(off < 0, 0.0, 0.9) * off)
    series = series_of(points_of(SIZES, clean * np.exp(0.1 * np.sin(np.arange(8)))))
    change = change_point(series, fit_form(Form.TWO_REGIONS, series))
    assert change is None or change.low is None or change.high is None


def test_an_exact_fit_has_no_ends():
    series = series_of(points(SIZES[::3]))
    chosen = fit_form(Form.OVERHEAD_POWER, series)
    change = change_point(series, chosen)
    assert change.low is None
    assert change.high is None
    _, above = regions(series, chosen, change)
    assert above.exponent.low is None


def test_four_sizes_leave_a_joint_without_ends():
    series = series_of(points(SIZES[:4]))
    change = change_point(series, fit_form(Form.TWO_REGIONS, series))
    assert change is None or change.low is None


def test_where_both_forms_are_open_the_interval_holds_what_either_says():
    series = corner(3, noise=0.08)
    listed, _ = candidates(series)
    pair = [fit_form(form, series) for form in (Form.OVERHEAD_POWER, Form.TWO_REGIONS)]
    alone = [change_point(series, chosen) for chosen in pair]
    evidence = [replace(one, weight=0.5) for one in listed]
    together = change_point(series, pair[0], evidence)
    assert together.value == alone[0].value
    for side, outer in (("low", min), ("high", max)):
        ends = [getattr(one, side) for one in alone]
        expected = None if None in ends else pytest.approx(outer(ends))
        assert getattr(together, side) == expected


def test_a_form_that_is_ruled_out_moves_no_end():
    series = corner(3, noise=0.08)
    listed, _ = candidates(series)
    chosen = fit_form(Form.OVERHEAD_POWER, series)
    ruled_out = [replace(one, weight=0.0) for one in listed]
    assert change_point(series, chosen, ruled_out) == change_point(series, chosen)
