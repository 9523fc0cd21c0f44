import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.statistics.binomial import binomial_cdf, binomial_ppf

trials = st.integers(1, 100_000)
chances = st.floats(1e-4, 1 - 1e-4)


@given(trials=trials, chance=chances)
def test_cumulative_probabilities_are_those_of_scipy(trials, chance):
    mean, deviation = trials * chance, (trials * chance * (1 - chance)) ** 0.5
    counts = np.unique(np.round(mean + deviation * np.linspace(-6, 6, 25)).astype(np.int64))
    ours = binomial_cdf(counts, trials, chance)
    np.testing.assert_allclose(ours, stats.binom.cdf(counts, trials, chance), rtol=1e-7, atol=1e-15)


@pytest.mark.parametrize("trials", [1, 2, 7, 50])
def test_no_success_short_of_zero_and_all_by_the_number_of_trials(trials):
    counts = np.array([-1000, -1, trials, trials + 1, trials + 1000])
    assert binomial_cdf(counts, trials, 0.3).tolist() == [0, 0, 1, 1, 1]


@given(trials=trials, chance=chances, level=st.floats(1e-6, 1 - 1e-6))
def test_ppf_is_the_first_count_that_reaches_the_level(trials, chance, level):
    count = binomial_ppf(level, trials, chance)
    below, at = stats.binom.cdf([count - 1, count], trials, chance)
    assert below < level * (1 + 1e-7)
    assert at >= level * (1 - 1e-7)


@pytest.mark.parametrize(("trials", "chance"), [(0, 0.5), (5, 0.0), (5, 1.0), (5, float("nan"))])
def test_what_is_no_binomial_is_refused(trials, chance):
    with pytest.raises(ValueError, match="no binomial"):
        binomial_cdf(np.array([0]), trials, chance)
