from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse.compare.foresight import Design, rounds_needed, smallest_change
from harness.analyse.compare.foresight import Test as Question
from harness.analyse.compare.settings import Settings

BOUND = math.log1p(0.02)
SETTINGS = Settings()
OPEN = Question(cost=0.0, bound=BOUND, error=0.01, degrees=8.0)
GROUPS = Design(paired=False, rounds=5, shared=0.0)


def test_a_change_of_the_smallest_size_is_seen_in_four_of_five_by_the_noncentral_t_of_scipy():
    change = smallest_change(OPEN, 0.01, 0.8)
    shift = (math.log1p(change) - BOUND) / OPEN.error
    assert stats.nct.sf(stats.t.ppf(0.99, 8), 8, shift) == pytest.approx(0.8, abs=0.01)


def test_the_smallest_change_is_above_the_threshold_and_is_it_without_noise():
    assert smallest_change(OPEN, 0.05, 0.8) > 0.02
    assert smallest_change(replace(OPEN, error=0.0), 0.05, 0.8) == pytest.approx(0.02)


def power_of(rounds: int, cost: float, spread: float) -> float:
    """How often drawn groups of so many rounds are decided, by two t-tests each."""
    rng = np.random.default_rng(8)
    repeats = 4000
    first = rng.normal(0, spread, (repeats, rounds))
    second = rng.normal(cost, spread, (repeats, rounds))
    error = np.sqrt((first.var(axis=1, ddof=1) + second.var(axis=1, ddof=1)) / rounds)
    seen = second.mean(axis=1) - first.mean(axis=1)
    reach = stats.t.ppf(0.95, 2 * rounds - 2) * error
    if cost > BOUND:
        return float(np.mean(seen - BOUND > reach))
    return float(np.mean(np.abs(seen) < BOUND - reach))


@pytest.mark.parametrize("cost", [0.0, 0.008, 0.04])
def test_as_many_rounds_as_said_decide_in_about_four_of_five(cost):
    spread = 0.015
    test = Question(cost=cost, bound=BOUND, error=spread * math.sqrt(2 / 5), degrees=8.0)
    needed = rounds_needed(test, GROUPS, 0.05, SETTINGS)
    assert needed is not None
    assert 0.74 <= power_of(needed, cost, spread) <= 0.92


def test_a_change_as_large_as_the_threshold_is_never_decided():
    assert rounds_needed(replace(OPEN, cost=BOUND), GROUPS, 0.05, SETTINGS) is None


def test_pairs_have_half_the_degrees_of_freedom_of_groups():
    assert GROUPS.degrees(5) == 8
    assert replace(GROUPS, paired=True).degrees(5) == 4
    assert replace(GROUPS, shared=3.5).degrees(5) == 11.5


@given(cost=st.floats(-0.1, 0.1), error=st.floats(1e-4, 0.05))
def test_more_noise_never_needs_fewer_rounds(cost, error):
    quiet = rounds_needed(replace(OPEN, cost=cost, error=error), GROUPS, 0.05, SETTINGS)
    noisy = rounds_needed(replace(OPEN, cost=cost, error=2 * error), GROUPS, 0.05, SETTINGS)
    assert noisy is None or (quiet is not None and quiet <= noisy)


@given(cost=st.floats(-0.1, 0.1), error=st.floats(1e-4, 0.1), degrees=st.floats(1, 100))
def test_the_three_chances_are_tails_of_t(cost, error, degrees):
    test = Question(cost=cost, bound=BOUND, error=error, degrees=degrees)
    assert test.p_slower == pytest.approx(stats.t.sf((cost - BOUND) / error, degrees), abs=1e-9)
    assert test.p_faster == pytest.approx(stats.t.sf((-cost - BOUND) / error, degrees), abs=1e-9)
    far = (BOUND - abs(cost)) / error
    assert test.p_different == pytest.approx(stats.t.sf(far, degrees), abs=1e-9)


def test_without_any_error_every_question_is_answered():
    still = replace(OPEN, error=0.0)
    assert (still.p_slower, still.p_faster, still.p_different) == (1.0, 1.0, 0.0)
    moved = replace(still, cost=0.1)
    assert (moved.p_slower, moved.p_different) == (0.0, 1.0)


def test_with_under_one_degree_of_freedom_there_is_no_test():
    assert OPEN.is_possible
    assert not replace(OPEN, degrees=0.5).is_possible


def test_the_pace_of_the_machine_counts_where_it_is_against_the_verdict():
    slower = replace(OPEN, cost=0.05, pace=0.03)
    assert slower.p_slower == pytest.approx(replace(OPEN, cost=0.02).p_slower)
    assert slower.p_faster == replace(OPEN, cost=0.05).p_faster
    faster = replace(OPEN, cost=-0.05, pace=-0.03)
    assert faster.p_faster == slower.p_slower
    assert faster.p_slower == slower.p_faster
    still = replace(OPEN, cost=0.0, pace=0.01)
    assert still.p_different == replace(OPEN, cost=0.01).p_different


def test_on_a_slower_machine_a_change_must_be_that_much_larger_to_be_seen():
    plain, slower = (smallest_change(replace(OPEN, pace=pace), 0.05, 0.8) for pace in (0.0, 0.03))
    assert 1 + slower == pytest.approx((1 + plain) * math.exp(0.03))
    assert smallest_change(replace(OPEN, pace=-0.03), 0.05, 0.8) == plain
