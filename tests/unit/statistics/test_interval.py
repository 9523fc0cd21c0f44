import pytest

from harness.statistics.interval import Interval


def test_relative_half_width_is_half_the_interval_over_the_value():
    assert Interval(2.0, 1.9, 2.3).relative_half_width == pytest.approx(0.1)


def test_relative_half_width_of_a_negative_value_is_positive():
    assert Interval(-2.0, -2.2, -1.8).relative_half_width == pytest.approx(0.1)


@pytest.mark.parametrize(
    "interval",
    [Interval(1.0, None, 2.0), Interval(1.0, 0.5, None), Interval(1.0, None, None)],
)
def test_an_open_end_has_no_relative_half_width(interval):
    assert interval.relative_half_width is None


def test_zero_has_no_relative_half_width():
    assert Interval(0.0, -1.0, 1.0).relative_half_width is None


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [(1.0, 1.1, 2.0), (1.0, 0.5, 0.9), (float("nan"), 0.0, 1.0), (1.0, float("nan"), 2.0)],
)
def test_an_interval_that_does_not_contain_its_value_is_refused(value, low, high):
    with pytest.raises(ValueError, match="does not contain its value"):
        Interval(value, low, high)
