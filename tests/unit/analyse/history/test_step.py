import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse.history.step import ALERT, WATCH, _deviate, find_steps

FLOOR = 0.01


def noisy(size: int = 100, seed: int = 1, spread: float = 0.01) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(0, spread, size))


def stepped(step: float = 0.1, at: int = 60, seed: int = 1, size: int = 100) -> np.ndarray:
    values = noisy(size, seed)
    values[at:] *= 1 + step
    return values


def test_a_large_step_is_found_where_it_is_and_as_large_as_it_is():
    (step,) = find_steps(stepped(), ALERT, FLOOR)
    assert (step.before, step.place, step.after) == (59, 60, 60)
    difference = step.log_after - step.log_before
    assert abs(difference - math.log(1.1)) < step.half_width < 0.02


def test_a_step_down_is_found_as_well_as_one_up():
    (down,) = find_steps(stepped(-0.1), ALERT, FLOOR)
    assert down.log_after < down.log_before


def test_a_small_step_has_a_place_that_is_less_sure():
    (step,) = find_steps(stepped(0.02), ALERT, FLOOR)
    assert step.before < 60 <= step.after
    assert step.after - step.before > 1


def test_two_steps_are_found_apart():
    values = stepped(0.1, 30)
    values[70:] *= 0.9
    assert [step.place for step in find_steps(values, ALERT, FLOOR)] == [30, 70]


@pytest.mark.parametrize("length", [1, 2])
def test_a_spike_that_goes_back_is_no_step(length):
    values = noisy()
    values[50 : 50 + length] *= 1.5
    assert find_steps(values, ALERT, FLOOR) == []


@pytest.mark.parametrize("value", [1.0, 1e-9, 1e12])
def test_a_constant_series_has_no_step(value):
    assert find_steps(np.full(30, value), ALERT, FLOOR) == []


def test_a_series_without_noise_has_its_step_with_three_values_after_it():
    values = np.repeat([100.0, 102.0], [20, 3])
    (step,) = find_steps(values, ALERT, FLOOR)
    assert (step.before, step.after) == (19, 20)


def test_a_step_below_the_floor_is_not_reported_however_sure_it_is():
    values = np.repeat([100.0, 102.0], [20, 20])
    assert find_steps(values, ALERT, 0.01)
    assert find_steps(values, ALERT, 0.03) == []


def test_watching_reports_what_is_no_alert_yet():
    series = [stepped(0.03, 97, seed) for seed in range(40)]
    alerts = [bool(find_steps(values, ALERT, FLOOR)) for values in series]
    watched = [bool(find_steps(values, WATCH, FLOOR)) for values in series]
    assert sum(watched) > sum(alerts)
    assert all(w >= a for w, a in zip(watched, alerts, strict=True))


def test_equal_code_is_rarely_reported():
    reports = sum(bool(find_steps(noisy(seed=seed), ALERT, FLOOR)) for seed in range(200))
    assert reports <= 2


def test_dependent_runs_of_equal_code_are_rarely_reported():
    def wandering(seed: int) -> np.ndarray:
        shocks = np.random.default_rng(seed).normal(0, 0.8, 100)
        for place in range(1, 100):
            shocks[place] += 0.6 * shocks[place - 1]
        return np.exp(0.01 * shocks)

    assert sum(bool(find_steps(wandering(seed), ALERT, FLOOR)) for seed in range(200)) <= 3


@settings(max_examples=30, deadline=None)
@given(st.floats(1e-9, 1e9), st.integers(0, 50))
def test_the_unit_changes_nothing(unit, seed):
    values = stepped(0.05, 60, seed)
    ours = find_steps(values, ALERT, FLOOR)
    theirs = find_steps(values * unit, ALERT, FLOOR)
    assert [(s.before, s.place, s.after) for s in ours] == [
        (s.before, s.place, s.after) for s in theirs
    ]
    assert [s.log_after - s.log_before for s in ours] == pytest.approx(
        [s.log_after - s.log_before for s in theirs], abs=1e-6
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 200))
def test_backwards_every_step_is_the_other_way(seed):
    values = stepped(0.06, 60, seed)
    forwards = find_steps(values, ALERT, FLOOR)
    backwards = find_steps(values[::-1], ALERT, FLOOR)
    ours = [step.log_after - step.log_before for step in forwards]
    theirs = [step.log_before - step.log_after for step in backwards[::-1]]
    assert ours == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("degrees", [3.0, 10.0, 98.0])
def test_the_deviate_of_few_values_is_students(degrees):
    expected = stats.t.isf(stats.norm.sf(4.0), degrees)
    assert _deviate(4.0, degrees) == pytest.approx(expected, rel=1e-6)


def test_a_long_series_keeps_its_steps():
    values = stepped(0.05, 1_700, size=3_000)
    assert [step.place for step in find_steps(values, ALERT, FLOOR)] == [1_700]
