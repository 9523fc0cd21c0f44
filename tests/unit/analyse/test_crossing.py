import math

import numpy as np
import pytest

from harness.analyse.crossing import crossings

PLACES = np.geomspace(1e3, 1e9, 601)


def line(slope, through):
    return slope * np.log(PLACES / through)


@pytest.mark.parametrize("slope", [0.5, -0.5])
def test_a_straight_difference_crosses_once_with_an_interval(slope):
    (found,) = crossings(PLACES, line(slope, 2e5), np.full(601, 0.1), limit=2.0)
    assert found.at == pytest.approx(2e5, rel=1e-6)
    reach = math.exp(2.0 * 0.1 / 0.5)
    assert found.low == pytest.approx(2e5 / reach, rel=0.03)
    assert found.high == pytest.approx(2e5 * reach, rel=0.03)
    assert found.is_rising == (slope > 0)


def test_a_difference_that_is_sure_everywhere_crosses_nowhere():
    assert crossings(PLACES, np.full(601, 1.0), np.full(601, 0.1), limit=2.0) == ()


def test_a_difference_that_is_sure_nowhere_crosses_nowhere():
    assert crossings(PLACES, line(0.001, 1e6), np.full(601, 1.0), limit=2.0) == ()


def test_two_crossings_are_two():
    found = crossings(PLACES, np.log(PLACES / 1e6) ** 2 - 4, np.full(601, 0.1), limit=2.0)
    assert [one.at for one in found] == pytest.approx([1e6 / math.e**2, 1e6 * math.e**2], rel=1e-3)
    assert [one.is_rising for one in found] == [False, True]


def test_wiggles_within_the_error_are_one_crossing():
    wiggly = line(0.5, 1e6) + 0.05 * np.sin(40 * np.log(PLACES))
    found = crossings(PLACES, wiggly, np.full(601, 0.2), limit=2.0)
    assert len(found) == 1


def test_touching_zero_within_the_error_is_no_crossing():
    assert crossings(PLACES, np.abs(line(0.5, 1e6)), np.full(601, 0.1), limit=2.0) == ()


def test_a_crossing_that_is_sure_on_one_side_only_has_an_open_end():
    errors = np.where(PLACES > 1e6, 100.0, 0.01)
    (found,) = crossings(PLACES, line(0.5, 2e6), errors, limit=2.0)
    assert found.low == pytest.approx(1e6, rel=0.03)
    assert found.high is None
    (mirrored,) = crossings(PLACES, line(0.5, 5e5), np.where(PLACES < 1e6, 100.0, 0.01), limit=2.0)
    assert mirrored.low is None
