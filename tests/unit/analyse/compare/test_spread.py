from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.compare.effects import effect_of
from harness.analyse.compare.spread import FEWEST_CASES, spread_of
from harness.core.comparison import Effect
from harness.statistics.moderated import fit_prior, moderate
from tests.unit.analyse.compare.effects_made import cases, effect


def drawn(spreads: np.ndarray, rounds: int = 5, seed: int = 1) -> list[Effect]:
    rng = np.random.default_rng(seed)
    return [
        effect_of(case, "latency_quiet", [rng.normal(0, sd, rounds)], [rng.normal(0, sd, rounds)])
        for case, sd in zip(cases(len(spreads)), spreads, strict=True)
    ]


def test_many_cases_share_what_the_moments_of_their_variances_say():
    found = drawn(np.exp(np.random.default_rng(5).normal(-5, 0.4, 100)))
    spread = spread_of(found)
    variances = np.array([one.variance for one in found])
    degrees = np.array([one.degrees for one in found])
    usual = np.array([one.case.id not in spread.strange for one in found])
    prior = fit_prior(variances[usual], degrees[usual])
    assert prior is not None
    assert spread.prior == prior
    expected = moderate(prior, variances, degrees)
    known = [spread.of(one) for one in found]
    assert [one.variance for one in known] == pytest.approx(
        [
            own if is_usual else alone
            for own, alone, is_usual in zip(expected, variances, usual, strict=True)
        ]
    )
    assert all(one.degrees > 8 for one, is_usual in zip(known, usual, strict=True) if is_usual)


def test_cases_of_one_spread_have_it_and_know_as_much_as_all_together():
    found = drawn(np.full(30, 0.01), seed=4)
    same = [replace(one, variance=1e-4) for one in found]
    spread = spread_of(same)
    assert "have one spread, 1 %" in spread.sentence
    known = spread.of(same[0])
    assert known.variance == pytest.approx(1e-4)
    assert known.degrees == 30 * 8


def test_a_case_that_spreads_far_more_stands_by_itself():
    found = drawn(np.append(np.full(60, 0.01), 0.5), seed=2)
    spread = spread_of(found)
    assert found[-1].case.id in spread.strange
    known = spread.of(found[-1])
    assert (known.variance, known.degrees) == (found[-1].variance, found[-1].degrees)
    assert known.note == "spreads more than the other cases: by itself"
    assert "stand by themselves" in spread.sentence
    assert spread.prior.variance == pytest.approx(1e-4, rel=0.2)


def test_few_cases_share_nothing():
    found = drawn(np.full(FEWEST_CASES - 1, 0.01))
    spread = spread_of(found)
    assert spread.prior is None
    assert "plain t" in spread.sentence
    known = spread.of(found[0])
    assert (known.variance, known.degrees, known.shared) == (found[0].variance, 8, 0.0)
    assert known.note == ""


def test_a_clock_too_coarse_to_show_a_spread_shares_nothing():
    found = [effect(0.0, 0.0, case=case) for case in cases(20)]
    assert "do not spread at all" in spread_of(found).sentence


def test_a_case_with_one_trial_a_side_takes_the_spread_of_the_others():
    found = drawn(np.exp(np.random.default_rng(6).normal(-5, 0.5, 40)))
    lone = effect_of(cases(41)[40], "latency_quiet", [np.zeros(1)], [np.zeros(1)])
    spread = spread_of([*found, lone])
    known = spread.of(lone)
    assert known.variance == pytest.approx(spread.prior.variance)
    assert known.degrees == pytest.approx(spread.prior.degrees)
    assert math.isfinite(known.degrees)


def test_times_with_one_trial_everywhere_are_not_known():
    lone = effect_of(cases(1)[0], "latency_quiet", [np.zeros(1)], [np.zeros(1)])
    spread = spread_of([lone])
    assert spread.of(lone).degrees == 0
    assert "nothing is known" in spread.sentence


def test_memory_with_one_trial_everywhere_has_the_spread_that_the_rule_assumes():
    lone = effect_of(cases(1)[0], "peak_rss", [np.zeros(1)], [np.zeros(1)])
    known = spread_of([lone]).of(lone)
    assert known.variance == pytest.approx(0.01**2)
    assert known.degrees == 2
