import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from harness.statistics.autocorrelation import effective_size, effective_size_of_quantile

series = arrays(np.float64, st.integers(1, 200), elements=st.floats(-1e3, 1e3))


def autoregressive(correlation: float, length: int, seed: int = 3) -> NDArray[np.float64]:
    values = np.random.default_rng(seed).standard_normal(length)
    for i in range(1, length):
        values[i] = correlation * values[i - 1] + values[i] * (1 - correlation**2) ** 0.5
    return values


def summed_directly(values: NDArray[np.float64]) -> float:
    """Geyer's initial monotone sequence, without a Fourier transform."""
    n = len(values)
    centred = values - values.mean()
    gamma = [float(centred[: n - k] @ centred[k:]) / n for k in range(n)]
    total, least = 0.0, np.inf
    for k in range(0, n - n % 2, 2):
        pair = gamma[k] + gamma[k + 1]
        if pair <= 0:
            break
        least = min(least, pair)
        total += least
    inflation = (2 * total - gamma[0]) / gamma[0]
    return min(n, max(1.0, n / inflation)) if inflation > 0 else n


@given(values=series)
def test_the_effective_size_lies_between_one_and_the_number_of_values(values):
    assert 1 <= effective_size(values) <= values.size


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.3, 0.8, 0.99])
@pytest.mark.parametrize("length", [4, 5, 50, 501])
def test_the_fourier_transform_gives_what_direct_sums_give(correlation, length):
    values = autoregressive(correlation, length)
    assert effective_size(values) == pytest.approx(summed_directly(values), rel=1e-6)


@pytest.mark.parametrize("correlation", [0.3, 0.5, 0.8, 0.9])
def test_the_effective_size_of_an_autoregressive_series_is_the_known_one(correlation):
    values = autoregressive(correlation, 50_000)
    known = 50_000 * (1 - correlation) / (1 + correlation)
    assert effective_size(values) == pytest.approx(known, rel=0.15)


def test_white_noise_counts_in_full():
    values = np.random.default_rng(4).standard_normal(10_000)
    assert effective_size(values) > 9_000


def test_values_that_alternate_earn_no_more_than_their_number():
    assert effective_size(np.tile([0.0, 1.0], 50)) == 100


def test_a_constant_series_counts_in_full():
    assert effective_size(np.full(70, 0.1)) == 70
    assert effective_size_of_quantile(np.full(70, 0.1), 0.9) == 70


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_series_too_short_to_show_dependence_counts_in_full(length):
    assert effective_size(np.arange(length)) == length


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_values_whose_squares_no_number_can_hold_are_no_trouble(unit):
    values = autoregressive(0.5, 200)
    assert effective_size(values * unit) == pytest.approx(effective_size(values), rel=1e-6)


def test_one_long_episode_is_worth_few_values():
    assert effective_size(np.repeat([False, True], 500)) < 10


@given(values=series, q=st.floats(0.01, 0.99), power=st.integers(-10, 10))
def test_the_unit_does_not_change_the_effective_size_of_a_quantile(values, q, power):
    scaled = values * 2.0**power
    assert effective_size_of_quantile(scaled, q) == effective_size_of_quantile(values, q)


def test_only_dependence_at_the_quantile_counts():
    rng = np.random.default_rng(6)
    values = rng.standard_normal(2_000)
    values[1_000:1_100] += 20
    at_the_median = effective_size_of_quantile(values, 0.5)
    at_the_episode = effective_size_of_quantile(values, 0.96)
    assert at_the_episode < 100
    assert at_the_median > 5 * at_the_episode


def test_integer_nanoseconds_have_an_effective_size():
    values = np.random.default_rng(7).integers(1_000, 2_000, 1_000)
    assert effective_size_of_quantile(values, 0.5) > 700


@pytest.mark.parametrize(
    ("function", "values"),
    [
        (effective_size, []),
        (effective_size, [1.0, np.nan, 2.0]),
        (effective_size, [1.0, np.inf, 2.0]),
        (lambda values: effective_size_of_quantile(values, 0.5), []),
    ],
)
def test_what_has_no_effective_size_is_refused(function, values):
    with pytest.raises(ValueError, match="series"):
        function(np.array(values))
