import numpy as np
import pytest
from scipy.optimize import least_squares  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse.scaling.forms import overhead_power
from harness.analyse.scaling.minimise import minimise
from harness.analyse.scaling.series import series_of
from tests.unit.analyse.scaling.known import points


@pytest.fixture
def noisy():
    return series_of(points(noise=0.05, seed=3))


def test_the_minimum_is_that_of_scipy(noisy):
    model = overhead_power(noisy)
    start = np.array([[0.1, -0.5, 0.7]])
    found = minimise(model, start, range(3))
    expected = least_squares(lambda numbers: model(numbers[None])[0][0], start[0], xtol=1e-14)
    assert found.numbers[0] == pytest.approx(expected.x, rel=1e-4)
    assert found.squares[0] == pytest.approx(2 * expected.cost, rel=1e-7)


def test_numbers_that_are_held_do_not_move(noisy):
    start = np.array([[0.1, -0.5, 0.7], [0.2, -0.5, 1.1]])
    found = minimise(overhead_power(noisy), start, (0, 1))
    assert list(found.numbers[:, 2]) == [0.7, 1.1]
    assert (found.numbers[:, :2] != start[:, :2]).all()


def test_without_free_numbers_the_start_is_only_weighed(noisy):
    start = np.array([[0.1, -0.5, 0.7]])
    model = overhead_power(noisy)
    found = minimise(model, start, ())
    assert (found.numbers == start).all()
    assert found.squares[0] == pytest.approx(float((model(start)[0] ** 2).sum()))


def test_a_start_that_is_not_allowed_is_infinitely_bad(noisy):
    found = minimise(
        overhead_power(noisy), np.array([[-9.0, 0.0, 1.0], [0.1, 0.0, 50.0]]), range(3)
    )
    assert np.isinf(found.squares).all()


def test_problems_do_not_disturb_each_other(noisy):
    starts = np.array([[0.1, -0.5, 0.7], [-9.0, 0.0, 1.0], [0.0, 0.0, 1.4]])
    together = minimise(overhead_power(noisy), starts, range(3))
    alone = minimise(overhead_power(noisy), starts[:1], range(3))
    assert together.squares[0] == pytest.approx(alone.squares[0], rel=1e-9)
