import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.statistics.autocorrelation import effective_size_of_quantile
from harness.statistics.interval import Interval
from harness.statistics.order import quantile_interval, smallest_sample

samples = arrays(np.float64, st.integers(1, 200), elements=st.floats(1e-6, 1e3))
shares = st.floats(0.01, 0.99)
sizes = st.none() | st.floats(0.5, 400)


def autoregressive(
    rng: np.random.Generator, correlation: float, *, draws: int, length: int
) -> NDArray[np.float64]:
    """Stationary normal series of unit variance: (draws, length)."""
    series = rng.standard_normal((draws, length))
    for i in range(1, length):
        series[:, i] = correlation * series[:, i - 1] + series[:, i] * (1 - correlation**2) ** 0.5
    return series


def ends(interval: Interval) -> tuple[float, float]:
    """Both ends of an interval that must have them."""
    assert interval.low is not None
    assert interval.high is not None
    return interval.low, interval.high


def width(interval: Interval) -> float:
    low = -math.inf if interval.low is None else interval.low
    high = math.inf if interval.high is None else interval.high
    return high - low


@pytest.mark.parametrize(("q", "size"), [(0.5, 6), (0.9, 36), (0.95, 72), (0.99, 368)])
def test_both_ends_need_6_36_72_and_368_values(q, size):
    assert smallest_sample(q) == size
    for n, enough in ((size, True), (size - 1, False)):
        all_above, all_below = stats.binom.pmf([0, n], n, q)
        assert (max(all_above, all_below) < 0.025) == enough


@given(q=shares, confidence=st.floats(0.5, 0.999))
def test_the_smallest_sample_is_the_first_with_both_ends(q, confidence):
    size = smallest_sample(q, confidence)
    tail = (1 - confidence) / 2
    exact = math.log(tail) / math.log(max(q, 1 - q))
    assume(abs(exact - round(exact)) > 1e-6)
    enough = quantile_interval(np.arange(float(size)), q, confidence=confidence)
    assert enough.low is not None
    assert enough.high is not None
    if size > 1:
        short = quantile_interval(np.arange(size - 1.0), q, confidence=confidence)
        assert short.low is None or short.high is None


@given(values=samples, q=shares, confidence=st.sampled_from([0.8, 0.95, 0.99]))
def test_independent_values_get_the_interval_of_scipy(values, q, confidence):
    ours = quantile_interval(values, q, confidence=confidence)
    theirs = stats.quantile_test(values, p=q).confidence_interval(confidence)
    estimate = float(np.quantile(values, q, method="linear"))
    assert ours.value == estimate
    assert ours.low == (None if np.isnan(theirs.low) else min(theirs.low, estimate))
    assert ours.high == (None if np.isnan(theirs.high) else max(theirs.high, estimate))


@given(values=samples, q=shares, independent=sizes, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_values_does_not_matter(values, q, independent, seed):
    shuffled = np.random.default_rng(seed).permutation(values)
    assert quantile_interval(values, q, independent=independent) == quantile_interval(
        shuffled, q, independent=independent
    )


@given(values=samples, q=shares, independent=sizes, power=st.integers(-20, 20))
def test_scaling_the_unit_scales_the_interval(values, q, independent, power):
    scale = 2.0**power
    plain = quantile_interval(values, q, independent=independent)
    scaled = quantile_interval(values * scale, q, independent=independent)
    assert scaled.value == plain.value * scale
    assert scaled.low == (None if plain.low is None else plain.low * scale)
    assert scaled.high == (None if plain.high is None else plain.high * scale)


@given(values=samples, q=shares, independent=sizes)
def test_turning_the_values_round_turns_the_interval_round(values, q, independent):
    plain = quantile_interval(values, q, independent=independent)
    turned = quantile_interval(-values, 1 - q, independent=independent)
    tail = 0.025
    ranks = stats.binom.cdf(np.arange(values.size + 1), values.size, q)
    assume(np.abs(ranks - tail).min() > 1e-9)
    assert (plain.low is None) is (turned.high is None)
    assert (plain.high is None) is (turned.low is None)
    assert turned.value == pytest.approx(-plain.value, rel=1e-6)


@given(values=samples, q=shares, independent=sizes)
def test_more_confidence_never_narrows_the_interval(values, q, independent):
    widths = [
        width(quantile_interval(values, q, confidence=confidence, independent=independent))
        for confidence in (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
    ]
    assert widths == sorted(widths)


@given(values=samples, q=shares, independent=sizes, confidence=st.floats(0.01, 0.999))
def test_the_interval_contains_the_estimate_and_stays_inside_the_sample(
    values, q, independent, confidence
):
    interval = quantile_interval(values, q, confidence=confidence, independent=independent)
    assert values.min() <= interval.value <= values.max()
    if interval.low is not None:
        assert values.min() <= interval.low <= interval.value
    if interval.high is not None:
        assert interval.value <= interval.high <= values.max()


def test_fewer_independent_values_widen_the_interval():
    values = np.random.default_rng(1).standard_normal(1000)
    widths = [
        width(quantile_interval(values, 0.5, independent=size)) for size in (1000, 300, 100, 30, 6)
    ]
    assert widths == sorted(set(widths))
    assert math.isfinite(widths[-1])


def test_an_effective_size_too_small_leaves_the_ends_open():
    values = np.arange(1000.0)
    interval = quantile_interval(values, 0.5, independent=5.9)
    assert (interval.value, interval.low, interval.high) == (499.5, None, None)


def test_a_high_quantile_may_be_bounded_only_from_below():
    interval = quantile_interval(np.arange(100.0), 0.99)
    assert interval.low is not None
    assert interval.high is None


def test_integer_nanoseconds_are_taken_as_they_are():
    interval = quantile_interval(np.array([3, 1, 2, 5, 4, 6, 7]), 0.5)
    assert (interval.value, interval.low, interval.high) == (4.0, 1.0, 7.0)


@pytest.mark.parametrize("q", [0.5, 0.9])
@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8])
def test_intervals_of_dependent_values_hold_the_quantile_as_often_as_they_say(q, correlation):
    rng = np.random.default_rng(20)
    truth = stats.norm.ppf(q)
    held = 0
    for values in autoregressive(rng, correlation, draws=400, length=1000):
        independent = effective_size_of_quantile(values, q)
        low, high = ends(quantile_interval(values, q, independent=independent))
        held += low <= truth <= high
    assert 0.92 <= held / 400 <= 0.98


def test_taking_dependent_values_for_independent_holds_the_quantile_too_seldom():
    rng = np.random.default_rng(21)
    held = 0
    for values in autoregressive(rng, 0.8, draws=400, length=1000):
        low, high = ends(quantile_interval(values, 0.5))
        held += low <= 0 <= high
    assert held / 400 < 0.75


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": np.array([]), "q": 0.5}, "no values"),
        ({"values": np.array([1.0, np.nan]), "q": 0.5}, "not a number"),
        ({"values": np.ones(9), "q": 0.0}, "q is 0"),
        ({"values": np.ones(9), "q": 1.0}, "q is 1"),
        ({"values": np.ones(9), "q": 0.5, "confidence": 1.0}, "confidence is 1"),
        ({"values": np.ones(9), "q": 0.5, "independent": 0.0}, "0.0 independent values"),
        ({"values": np.ones(9), "q": 0.5, "independent": np.nan}, "nan independent values"),
    ],
)
def test_what_has_no_interval_is_refused_with_its_reason(arguments, message):
    with pytest.raises(ValueError, match=message):
        quantile_interval(**arguments)


@pytest.mark.parametrize(("q", "confidence"), [(0.0, 0.95), (0.5, 1.0)])
def test_no_sample_is_enough_for_certainty(q, confidence):
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        smallest_sample(q, confidence)
