import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.statistics.power import equivalence_power, fewest, visible_shift


@pytest.mark.parametrize("degrees", [2, 3, 4, 8, 12, 30, 100])
@pytest.mark.parametrize("level", [0.05, 0.01, 1e-3, 1e-4])
def test_the_shift_is_seen_with_its_power_by_the_noncentral_t_of_scipy(degrees, level):
    shift = visible_shift(level, 0.8, degrees)
    seen = stats.nct.sf(stats.t.ppf(1 - level, degrees), degrees, shift)
    assert seen == pytest.approx(0.8, abs=0.015)


@pytest.mark.parametrize("power", [0.5, 0.8, 0.9])
def test_with_the_spread_known_the_shift_is_the_sum_of_two_normal_quantiles(power):
    exact = stats.norm.ppf(0.95) + stats.norm.ppf(power)
    assert visible_shift(0.05, power, math.inf) == pytest.approx(exact)
    assert visible_shift(0.05, power, 1e5) == pytest.approx(exact, rel=1e-4)


@given(level=st.floats(1e-8, 0.4), degrees=st.floats(2, 100))
def test_more_degrees_of_freedom_see_smaller_shifts(level, degrees):
    assert visible_shift(level, 0.8, 2 * degrees) < visible_shift(level, 0.8, degrees)


def test_a_level_of_nothing_has_a_shift_still():
    assert math.isfinite(visible_shift(0.0, 0.8, 4))


@pytest.mark.parametrize("degrees", [4, 8, 30])
@pytest.mark.parametrize(("distance", "bound"), [(0.0, 3.0), (1.0, 4.0), (2.0, 4.0), (-1.0, 3.0)])
def test_the_power_of_equivalence_is_that_of_drawn_tests_or_a_little_less(degrees, distance, bound):
    rng = np.random.default_rng(9)
    drawn = rng.normal(distance, 1.0, 100_000)
    reach = stats.t.ppf(0.95, degrees) * np.sqrt(rng.chisquare(degrees, 100_000) / degrees)
    share = float(np.mean((drawn + bound > reach) & (bound - drawn > reach)))
    found = equivalence_power(distance, bound, 0.05, degrees)
    assert share - 0.1 <= found <= share + 0.01


def test_bounds_within_the_noise_are_never_equivalent():
    assert equivalence_power(0.0, 0.5, 0.05, 10) == 0.0


@given(least=st.integers(1, 50), most=st.integers(50, 200), wanted=st.integers(1, 250))
def test_the_fewest_is_the_first_that_is_enough(least, most, wanted):
    expected = None if wanted > most else max(wanted, least)
    assert fewest(lambda number: number >= wanted, least, most) == expected


def test_nothing_is_tried_beyond_the_most():
    assert fewest(lambda number: number > 0, 11, 10) is None
