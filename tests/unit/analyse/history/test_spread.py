import math

import numpy as np
import pytest

from harness.analyse.history.spread import spread_around, standard_error, variance_of_steps

LEAST = 1e-12


def dependent(rho: float, size: int = 4_000, seed: int = 3) -> np.ndarray:
    shocks = np.random.default_rng(seed).normal(0, math.sqrt(1 - rho**2), size)
    for place in range(1, size):
        shocks[place] += rho * shocks[place - 1]
    return 0.01 * shocks


def test_steps_from_run_to_run_give_the_variance_whatever_the_levels_are():
    logs = np.random.default_rng(1).normal(0, 0.01, 2_000)
    logs[1_000:] += 0.5
    assert variance_of_steps(logs, LEAST) == pytest.approx(1e-4, rel=0.1)


def test_a_series_that_never_varies_has_the_least_variance():
    logs = np.zeros(20)
    assert variance_of_steps(logs, 1e-6) == 1e-6
    spread = spread_around(logs, [10], 1e-6)
    assert spread.variance == 1e-6
    assert spread.inflation == 1.0


def test_the_variance_is_that_around_the_levels():
    logs = np.random.default_rng(2).normal(0, 0.01, 40)
    logs[15:] += 0.2
    pooled = (np.var(logs[:15]) * 15 + np.var(logs[15:]) * 25) / 38
    spread = spread_around(logs, [15], LEAST)
    assert spread.variance == pytest.approx(pooled)
    assert spread.degrees == 38
    assert spread.residuals[:15].mean() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6, 0.8])
def test_dependence_inflates_the_variance_of_a_mean_by_what_theory_says(rho):
    # Box, Jenkins and Reinsel, Time Series Analysis: (1 + rho) / (1 - rho) for first order.
    spread = spread_around(dependent(rho), [], LEAST)
    assert spread.inflation == pytest.approx((1 + rho) / (1 - rho), rel=0.15)


def test_dependence_that_alternates_is_not_credited():
    assert spread_around(np.tile([0.01, -0.01], 50), [], LEAST).inflation < 1.1


def test_dependence_without_end_is_believed_only_so_far():
    drift = np.linspace(0, 1, 100)
    assert spread_around(drift, [], LEAST).inflation == pytest.approx(1.9 / 0.1)


def test_short_series_are_given_back_what_fitting_took():
    shares = [spread_around(dependent(0.5, 40, seed), [20], LEAST).inflation for seed in range(400)]
    rho = [(share - 1) / (share + 1) for share in shares]
    assert np.mean(rho) == pytest.approx(0.5, abs=0.06)


def test_the_standard_error_is_that_of_a_difference_of_means():
    logs = np.random.default_rng(5).normal(0, 0.01, 10_000)
    error = standard_error(spread_around(logs, [], LEAST), 100, 25)
    assert error == pytest.approx(0.01 * math.sqrt(1 / 100 + 1 / 25), rel=0.05)
