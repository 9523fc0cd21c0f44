import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from harness.statistics.interval import Interval
from harness.statistics.quiet import (
    FEWEST_QUIET_SLICES,
    Probes,
    classify,
    loop_level,
    native_level,
    quiet_interval,
    quiet_median,
)

QUIET_NATIVE, SLOW_NATIVE = 100_000, 118_000
QUIET_LOOP, SLOW_LOOP = 135_000, 200_000

readings = arrays(np.float64, st.integers(1, 120), elements=st.floats(1, 1e6))
slices = arrays(np.float64, st.integers(0, 60), elements=st.floats(1e-6, 1e3))


def native(rng: np.random.Generator, count: int, quiet_share: float) -> NDArray[np.float64]:
    """Readings of a native probe with a tail upwards and a spread of 1 % in each state."""
    quiet = rng.random(count) < quiet_share
    spread = 1 + 0.01 * np.abs(rng.standard_normal(count))
    readings: NDArray[np.float64] = np.where(quiet, QUIET_NATIVE, SLOW_NATIVE) * spread
    return readings


def probes_of(*states: str) -> Probes:
    """One probe for each letter: q quiet, s slow in both, n slow natively, l slow in its loop."""
    return Probes(
        np.array([SLOW_NATIVE if state in "sn" else QUIET_NATIVE for state in states]),
        np.array([SLOW_LOOP if state in "sl" else QUIET_LOOP for state in states]),
    )


def classified(states: str, level: float = QUIET_NATIVE, **tolerances: float) -> list[bool]:
    probes = probes_of(*states)
    before = np.arange(len(states) - 1)
    quiet = classify(probes, before, before + 1, level, **tolerances)
    return [bool(each) for each in quiet]


def half_width(interval: Interval | None) -> float:
    """Relative; infinite where an end is open."""
    assert interval is not None
    width = interval.relative_half_width
    return math.inf if width is None else width


@pytest.mark.parametrize("quiet_share", [1.0, 0.5, 0.2, 0.1])
@pytest.mark.parametrize("count", [300, 3000])
def test_the_level_is_the_quiet_one_down_to_a_tenth_of_quiet_readings(quiet_share, count):
    values = native(np.random.default_rng(2), count, quiet_share)
    assert native_level(values) == pytest.approx(QUIET_NATIVE, rel=0.015)


def test_a_few_low_readings_do_not_make_a_level():
    values = native(np.random.default_rng(3), 300, 1.0)
    values[:8] = np.linspace(60_000, 61_000, 8)
    assert native_level(values) == pytest.approx(QUIET_NATIVE, rel=0.015)


def test_one_low_reading_among_twenty_does_not_make_a_level():
    values = native(np.random.default_rng(4), 20, 1.0)
    values[7] = 50_000
    assert native_level(values) == pytest.approx(QUIET_NATIVE, rel=0.015)


def test_the_level_is_the_middle_of_the_lowest_mode_and_not_its_foot():
    values = np.concatenate([np.full(2, 97.0), np.full(3, 98.0), np.full(40, 100.0)])
    assert native_level(values) == 100


def test_with_few_readings_the_level_is_a_low_quantile():
    values = np.arange(100.0, 119.0)
    assert native_level(values) == np.quantile(values, 0.05)


def test_readings_without_a_mode_give_a_low_quantile():
    values = 100 * 1.5 ** np.arange(25)
    assert native_level(values) == np.quantile(values, 0.05)


def test_no_readings_have_no_level():
    assert native_level(np.array([])) is None


@given(values=readings, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_readings_does_not_change_the_level(values, seed):
    assert native_level(np.random.default_rng(seed).permutation(values)) == native_level(values)


@given(values=readings, power=st.integers(-10, 10))
def test_the_unit_does_not_change_the_level(values, power):
    assert native_level(values * 2.0**power) == native_level(values) * 2.0**power


@given(values=readings)
def test_the_level_is_within_the_readings(values):
    assert values.min() <= native_level(values) <= values.max()


def test_the_loop_level_is_its_low_quantile():
    assert loop_level(np.arange(11)) == 1


def test_no_loop_readings_have_no_level():
    with pytest.raises(ValueError, match="no readings"):
        loop_level(np.array([]))


def test_a_slice_is_quiet_only_between_two_quiet_probes():
    assert classified("qqsqq") == [True, False, False, True]


@pytest.mark.parametrize("state", ["s", "n", "l"])
def test_either_probe_alone_can_tell_a_slow_state(state):
    assert classified("qq" + state + "qq") == [True, False, False, True]


def test_where_no_native_reading_confirms_the_level_nothing_is_quiet():
    assert classified("ssss") == [False] * 3
    assert classified("nnnn") == [False] * 3


def test_a_loop_level_is_not_taken_from_readings_that_the_native_probe_calls_slow():
    probes = Probes(
        np.array([SLOW_NATIVE] * 12 + [QUIET_NATIVE] * 4),
        np.array([100_000] * 12 + [QUIET_LOOP] * 4),
    )
    before = np.arange(15)
    quiet = classify(probes, before, before + 1, QUIET_NATIVE)
    assert quiet.tolist() == [False] * 12 + [True] * 3


def test_readings_below_the_level_are_quiet():
    assert classified("qqq", level=2 * QUIET_NATIVE) == [True, True]


def test_the_native_tolerance_ends_where_it_says():
    probes = Probes(np.array([100.0, 105.0, 105.1, 100.0]), np.full(4, 10.0))
    quiet = classify(probes, np.array([0, 0, 0]), np.array([1, 2, 3]), 100.0)
    assert quiet.tolist() == [True, False, True]


def test_the_loop_tolerance_ends_where_it_says():
    probes = Probes(np.full(20, 100.0), np.array([100.0] * 18 + [120.0, 120.5]))
    quiet = classify(probes, np.array([0, 0]), np.array([18, 19]), 100.0)
    assert quiet.tolist() == [True, False]


def test_wider_tolerances_let_slow_slices_through():
    states = "qsqnqlq"
    assert classified(states, native_tolerance=0.2, loop_tolerance=0.5) == [True] * 6


@given(
    states=st.text("qsnl", min_size=2, max_size=40),
    narrow=st.floats(0.0, 0.3),
    wider=st.floats(0.0, 0.3),
)
def test_a_wider_loop_tolerance_never_takes_a_quiet_slice_away(states, narrow, wider):
    few = classified(states, loop_tolerance=narrow)
    more = classified(states, loop_tolerance=narrow + wider)
    assert all(b for a, b in zip(few, more, strict=True) if a)


@given(states=st.text("qsnl", min_size=2, max_size=40), power=st.integers(-10, 10))
def test_the_unit_of_the_probes_does_not_change_what_is_quiet(states, power):
    plain, scale = probes_of(*states), 2.0**power
    scaled = Probes(plain.native_ns * scale, plain.loop_ns * scale)
    before = np.arange(len(states) - 1)
    expected = classify(plain, before, before + 1, QUIET_NATIVE)
    found = classify(scaled, before, before + 1, QUIET_NATIVE * scale)
    assert found.tolist() == expected.tolist()


def test_no_slices_have_no_answers():
    nothing = np.array([], dtype=np.int64)
    assert classify(probes_of("q", "q"), nothing, nothing, QUIET_NATIVE).tolist() == []


def test_no_probes_and_no_slices_have_no_answers():
    nothing = np.array([], dtype=np.int64)
    assert classify(Probes(nothing, nothing), nothing, nothing, QUIET_NATIVE).tolist() == []


def test_slices_without_a_probe_on_each_side_are_refused():
    with pytest.raises(ValueError, match="expected pairs"):
        classify(probes_of("q", "q"), np.array([0, 1]), np.array([1]), QUIET_NATIVE)


@pytest.mark.parametrize("level", [0.0, -1.0, float("nan")])
def test_a_level_that_is_no_duration_is_refused(level):
    with pytest.raises(ValueError, match="positive"):
        classify(probes_of("q", "q"), np.array([0]), np.array([1]), level)


@pytest.mark.parametrize(
    ("native_ns", "loop_ns"), [(np.ones(3), np.ones(2)), (np.ones((2, 2)), np.ones((2, 2)))]
)
def test_probes_of_unequal_length_are_refused(native_ns, loop_ns):
    with pytest.raises(ValueError, match="equal length"):
        Probes(native_ns, loop_ns)


def test_the_quiet_median_ignores_slow_slices():
    medians = np.array([10.0] * 9 + [17.0] * 30)
    assert quiet_median(medians, medians < 12) == 10


def test_too_few_quiet_slices_have_no_median():
    medians = np.arange(1.0, 21.0)
    quiet = np.arange(20) < FEWEST_QUIET_SLICES - 1
    assert quiet_median(medians, quiet) is None
    assert quiet_median(medians, quiet, minimum=7) == 4
    assert quiet_interval(medians, quiet) is None


def test_no_quiet_slice_has_no_median_even_where_none_is_asked_for():
    assert quiet_median(np.ones(3), np.zeros(3, dtype=bool), minimum=0) is None


@given(medians=slices)
def test_the_quiet_interval_is_around_the_quiet_median(medians):
    quiet = np.ones(medians.size, dtype=bool)
    median, interval = quiet_median(medians, quiet), quiet_interval(medians, quiet)
    assert (median is None) is (interval is None)
    if interval is not None:
        assert interval.value == median


def test_independent_slices_have_a_narrow_interval():
    medians = 1 + 0.01 * np.random.default_rng(8).standard_normal(100)
    assert half_width(quiet_interval(medians, np.ones(100, dtype=bool))) < 0.004


def test_slices_that_drift_have_a_wider_interval_than_the_same_in_any_order():
    drifting = np.linspace(1.0, 1.1, 100)
    shuffled = np.random.default_rng(8).permutation(drifting)
    quiet = np.ones(100, dtype=bool)
    assert half_width(quiet_interval(drifting, quiet)) == math.inf
    assert half_width(quiet_interval(shuffled, quiet)) < 0.02


@pytest.mark.parametrize("function", [quiet_median, quiet_interval])
def test_a_mask_of_another_length_is_refused(function):
    with pytest.raises(ValueError, match="expected one each"):
        function(np.ones(9), np.ones(8, dtype=bool))
