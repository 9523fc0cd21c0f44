import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from harness.statistics.warmup import WarmUp, mser5

durations = arrays(np.float64, st.integers(0, 120), elements=st.floats(1e-6, 1e3))


def noise(rng: np.random.Generator, length: int, correlation: float = 0.3) -> NDArray[np.float64]:
    """Log durations with a spread of 1 % and the autocorrelation of a benchmark."""
    values = rng.standard_normal(length)
    for i in range(1, length):
        values[i] = correlation * values[i - 1] + values[i] * (1 - correlation**2) ** 0.5
    scaled: NDArray[np.float64] = 0.01 * values
    return scaled


def cuts(shape: NDArray[np.float64], runs: int = 60) -> tuple[list[int], float]:
    rng = np.random.default_rng(9)
    found = [mser5(np.exp(shape + noise(rng, shape.size))) for _ in range(runs)]
    return [each.cut for each in found if each.steady], sum(each.steady for each in found) / runs


def direct_cut(values: NDArray[np.float64]) -> int:
    """MSER-5 as written: the squared error of each tail, one after the other."""
    usable = values.size - values.size % 5
    means = np.log(values[:usable]).reshape(-1, 5).mean(axis=1)
    errors = [means[d:].var() / (means.size - d) for d in range(means.size - 4)]
    return 5 * int(np.argmin(errors))


def test_a_flat_series_has_no_warm_up():
    found, steady = cuts(np.zeros(300))
    assert np.median(found) == 0
    assert steady > 0.9


def test_a_step_is_cut_where_it_ends():
    step = np.where(np.arange(300) < 30, 0.2, 0.0)
    found, steady = cuts(step)
    assert np.median(found) == 30
    assert min(found) == 30
    assert steady > 0.9


def test_a_decay_leaves_no_bias():
    decay = 0.5 * np.exp(-np.arange(300) / 20)
    found, _ = cuts(decay)
    assert np.median([np.median(decay[cut:]) for cut in found]) < 0.002


def test_a_change_after_the_middle_is_not_steady():
    late = np.where(np.arange(300) < 200, 0.2, 0.0)
    assert mser5(np.exp(late + noise(np.random.default_rng(1), 300))) == WarmUp(0, steady=False)


def test_a_constant_series_is_steady_from_its_start():
    assert mser5(np.full(301, 0.3)) == WarmUp(0, steady=True)


def test_an_exact_step_is_cut_exactly():
    assert mser5(np.repeat([3.0, 1.0], [20, 100])) == WarmUp(20, steady=True)


@pytest.mark.parametrize("length", [0, 1, 24])
def test_a_series_too_short_to_judge_is_not_called_steady(length):
    assert mser5(np.full(length, 0.3)) == WarmUp(0, steady=False)


@given(values=durations)
def test_the_cut_is_whole_batches_in_the_first_half(values):
    found = mser5(values)
    assert found.cut % 5 == 0
    assert found.cut <= values.size / 2


@given(seed=st.integers(0, 10_000), length=st.integers(25, 200))
def test_sums_from_the_end_give_what_the_definition_gives(seed, length):
    values = np.exp(np.random.default_rng(seed).standard_normal(length))
    expected = direct_cut(values)
    found = mser5(values)
    assert found.steady is (expected <= length / 2)
    assert found.cut == (expected if found.steady else 0)


@given(seed=st.integers(0, 10_000), power=st.integers(-30, 30))
def test_the_unit_does_not_change_the_cut(seed, power):
    values = np.exp(np.random.default_rng(seed).standard_normal(100))
    assert mser5(values * 2.0**power) == mser5(values)


def test_integer_nanoseconds_are_taken_as_they_are():
    assert mser5(np.repeat([3_000, 1_000], [20, 100])) == WarmUp(20, steady=True)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan])
def test_a_duration_without_a_logarithm_is_refused(bad):
    with pytest.raises(ValueError, match="not positive"):
        mser5(np.array([1.0, bad]))
