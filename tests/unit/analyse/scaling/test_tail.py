# mypy: disable-error-code="operator, arg-type, index, misc"
# A test that meets None fails by itself.
import numpy as np
import pytest

from harness.analyse.scaling.series import series_of
from harness.analyse.scaling.tail import EFFICIENCY, tail_of
from harness.analyse.scaling.work import Work
from harness.core.scaling import Form
from tests.unit.analyse.scaling.known import SIZES, fit_form, points, points_of

STEEP = (1e-6, 1e-12, 1.4)


def tail(data, form=Form.OVERHEAD_POWER, *, work=1.0, ahead=1.0, structure=0.0):
    series = series_of(data)
    logarithms = work * np.log([point.size for point in data])
    return tail_of(fit_form(form, series), series, Work(logarithms, ahead), structure)


def test_an_exponent_that_is_sure_stays():
    exponent, error = tail(points(law=STEEP, noise=1e-4))
    assert exponent == pytest.approx(1.4, abs=0.01)
    assert error < 0.01


def test_an_exponent_that_is_not_sure_is_drawn_to_that_of_the_work():
    exponent, error = tail(points(law=STEEP, noise=0.3, seed=2))
    assert 1.0 < exponent < 1.2
    assert error == pytest.approx(EFFICIENCY, rel=0.2)


def test_what_neighbours_have_in_common_makes_it_less_sure():
    data = points(law=STEEP, noise=0.1, seed=2)
    assert tail(data, structure=1.0)[0] < tail(data)[0]


def test_a_cost_in_proportion_to_the_work_goes_on_as_the_work_does():
    exponent, _ = tail(points(law=(1e-6, 1e-9, 1.1), noise=1e-3), work=1.1, ahead=0.9)
    assert exponent == pytest.approx(0.9, abs=0.02)


def test_of_two_regions_only_the_upper_one_counts():
    off = np.log(np.array(SIZES) / 3e5)
    data = points_of(SIZES, np.exp(np.where(off < 0, 0.1, 1.2) * off))
    assert tail(data, Form.TWO_REGIONS)[0] == pytest.approx(1.2, abs=0.05)


def test_a_constant_goes_on():
    assert tail(points_of(SIZES, np.ones(8)), Form.CONSTANT) is None


def test_a_power_counts_every_size():
    data = points_of(SIZES, np.array(SIZES) ** 0.8)
    assert tail(data, Form.POWER)[0] == pytest.approx(0.8, abs=0.01)
