import pytest

from harness.analyse.scaling.verdict import reasons
from harness.core.scaling import Estimate, Form, Goodness, HeldOut
from tests.unit.analyse.scaling.known import SIZES, points, points_of

FINE = Goodness(sizes=8, r_squared=0.99, residual_spread=0.05, trial_spread=0.01)


def held_out(predicted):
    return HeldOut(
        size=SIZES[-1],
        cost=1.0,
        predicted=Estimate(value=predicted, low=None, high=None),
        form=Form.POWER,
        decades=0.5,
    )


def test_a_law_with_nothing_against_it_has_no_reason():
    assert reasons(points(), FINE, held_out(1.1)) == ()


@pytest.mark.parametrize("predicted", [0.8, 1.2])
def test_a_miss_is_named_with_its_direction(predicted):
    (reason,) = reasons(points(), FINE, held_out(predicted))
    assert ("-20 %" in reason) == (predicted < 1)


def test_residuals_far_beyond_the_trials_are_named_beside_them():
    goodness = Goodness(sizes=8, r_squared=0.9, residual_spread=0.5, trial_spread=0.012)
    (reason,) = reasons(points(), goodness, held_out(1.0))
    assert "50 %" in reason
    assert "1.2 %" in reason


def test_a_trial_spread_that_is_not_known_is_said():
    goodness = Goodness(sizes=8, r_squared=0.9, residual_spread=0.5, trial_spread=None)
    assert "trial spread unknown" in reasons(points(), goodness, held_out(1.0))[0]


def test_a_narrow_range_is_not_enough():
    close = points([1e5, 1.2e5, 1.5e5, 2e5, 3e5])
    assert "decades" in reasons(close, FINE, held_out(1.0))[0]


def test_a_larger_network_that_is_much_cheaper_is_not_monotone():
    falling = points_of(SIZES, [1, 2, 4, 8, 4, 16, 32, 64])
    (reason,) = reasons(falling, FINE, held_out(1.0))
    assert reason == "not monotone: 1e+06 costs 50 % less than 3.16e+05"


def test_without_a_held_out_size_it_is_not_proven():
    assert "held-out" in reasons(points(), FINE, None)[0]


def test_without_any_curve_the_sizes_are_too_few():
    assert reasons(points(SIZES[:2]), None, None) == ("too few sizes: 2, at least 5",)
