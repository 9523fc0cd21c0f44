from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_benchmark.stats import Stats

from harness.store.foreign.spread import spread

FIGURES = ("min", "max", "mean", "stddev", "median", "iqr", "q1", "q3", "ops", "total")
COUNTS = ("rounds", "outliers", "iqr_outliers", "stddev_outliers", "ld15iqr", "hd15iqr")


def theirs(seconds: list[float]) -> Stats:
    stats = Stats()
    for value in seconds:
        stats.update(value)
    return stats


@given(st.lists(st.floats(1e-7, 10), min_size=1, max_size=60))
def test_every_figure_is_the_one_that_pytest_benchmark_works_out(seconds):
    ours, expected = spread(seconds), theirs(seconds)
    assert set(ours) == set(Stats.fields)
    for name in FIGURES:
        near = pytest.approx(getattr(expected, name), rel=1e-9, abs=1e-12)
        assert ours[name] == near, name


@pytest.mark.parametrize("rounds", range(1, 42))
def test_outliers_and_the_ends_inside_the_fences_are_the_same(rounds):
    seconds = [Random(f"{rounds} {place}").lognormvariate(0, 2) for place in range(rounds)]
    ours, expected = spread(seconds), theirs(seconds)
    for name in COUNTS:
        assert ours[name] == getattr(expected, name), name


def test_durations_of_zero_have_no_rate():
    assert spread([0.0, 0.0])["ops"] == 0
