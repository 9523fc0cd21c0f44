from itertools import combinations

import numpy as np
import pytest

from harness.analyse.history.segment import Costs, choose, cut


def cost(values: np.ndarray, cuts: tuple[int, ...], penalty: float) -> float:
    parts = np.split(values, cuts)
    return sum(float(((part - part.mean()) ** 2).sum()) for part in parts) + penalty * len(cuts)


def best(values: np.ndarray, places: range, penalty: float, shortest: int) -> tuple[int, ...]:
    """Try every set of cuts."""
    every = (cuts for count in range(4) for cuts in combinations(places, count))
    allowed = [
        cuts for cuts in every if min(np.diff([0, *cuts, values.size]), default=9) >= shortest
    ]
    return min(allowed, key=lambda cuts: cost(values, cuts, penalty))


@pytest.mark.parametrize("seed", range(8))
def test_the_cuts_are_those_of_least_cost_of_all_there_are(seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=14) + np.repeat([0, 4, 1], [5, 5, 4])
    assert tuple(cut(values, 3.0)) == best(values, range(1, 14), 3.0, 3)


@pytest.mark.parametrize("seed", range(8))
def test_a_choice_among_places_is_the_best_of_all_choices(seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=14) + np.repeat([0, 4], [6, 8])
    assert tuple(choose(values, range(1, 14), 8.0)) == best(values, range(1, 14), 8.0, 1)


def test_nothing_is_chosen_among_no_places():
    assert choose(np.arange(5.0), [], 1.0) == []


def test_costs_are_squared_distances_from_the_mean():
    values = np.random.default_rng(1).normal(1e3, 1, 50)
    costs = Costs(values).of(np.array([0, 10, 49]), np.array([50, 20, 50]))
    parts = (values, values[10:20], values[49:])
    assert costs == pytest.approx([part.var() * part.size for part in parts], abs=1e-9)


def test_a_series_without_noise_is_cut_where_it_steps():
    assert cut(np.repeat([0.0, 9.0, -9.0], [20, 5, 30]), 1.0) == [20, 25]


def test_a_long_series_is_cut_where_it_steps_also_across_windows():
    rng = np.random.default_rng(2)
    steps = [7, 395, 405, 800, 1_650, 2_293]
    values = rng.normal(size=2_300)
    for place, step in enumerate(steps):
        values[step:] += 6 * (-1) ** place
    assert cut(values, 25.0) == steps


def test_a_long_series_that_does_not_step_is_not_cut():
    assert cut(np.random.default_rng(3).normal(size=1_500), 40.0) == []
