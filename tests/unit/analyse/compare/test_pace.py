"""Trials that follow the machine's pace, made from a law that the test knows."""

from __future__ import annotations

import numpy as np
import pytest

from harness.analyse.compare.effects import measured_effects
from harness.analyse.compare.measured import Key, Measured
from harness.analyse.compare.pace import following
from harness.core.comparison import Effect
from harness.store.fake import fake_header
from tests.unit.analyse.compare.effects_made import cases

QUIET = "latency_quiet"
CASES = cases(12)
ROUNDS = 5
CLOCK = 0.014
"""Standard deviation of the clock between trials."""
OWN = 0.004
"""And of what the trial adds of its own."""


def run_following(
    seed: int, *, slope: float, change: float = 0.0, pace: float = 0.0, rounds: int = ROUNDS
) -> Measured:
    """Make a run whose every trial follows its probe with a slope; all changes are logarithms."""
    rng = np.random.default_rng(seed)
    values: dict[Key, tuple[float, ...]] = {}
    paces: dict[Key, tuple[float, ...]] = {}
    for number, case in enumerate(CASES):
        clock = pace + CLOCK * rng.standard_normal(rounds)
        logs = -8 + 0.1 * number + slope * clock + change + OWN * rng.standard_normal(rounds)
        values[case.id, QUIET] = tuple(np.exp(logs))
        paces[case.id, QUIET] = tuple(11_600 * np.exp(clock))
    return Measured(
        path=f"run-{seed}",
        environment=fake_header(CASES).environment,
        level=None,
        cases=CASES,
        values=values,
        reasons={},
        unsteady={},
        pace_ns=11_600 * float(np.exp(pace)),
        paces=paces,
    )


def effects_of(base: Measured, candidate: Measured, *, is_apart: bool = False) -> list[Effect]:
    follow = following([base, candidate], is_apart=is_apart)
    found = measured_effects([base], [candidate], [QUIET], follow)
    return [one for one in found if isinstance(one, Effect)]


@pytest.mark.parametrize("slope", [1.0, 0.9, 1.2])
def test_the_slope_is_found(slope):
    runs = [run_following(seed, slope=slope) for seed in (1, 2)]
    assert following(runs, is_apart=False).slopes[QUIET] == pytest.approx(slope, abs=0.06)


def test_what_trials_owe_to_the_clock_is_no_spread_of_theirs():
    base, candidate = run_following(3, slope=1.0), run_following(4, slope=1.0, change=0.03)
    found = effects_of(base, candidate)
    deviations = [one.log_ratio - 0.03 for one in found]
    assert np.sqrt(np.mean([one.variance for one in found])) == pytest.approx(OWN, rel=0.2)
    assert np.std(deviations) < 2 * OWN * np.sqrt(2 / ROUNDS)


def test_a_slower_clock_of_a_whole_run_is_taken_out_where_runs_are_of_one_pace():
    base, candidate = run_following(5, slope=1.0), run_following(6, slope=1.0, pace=0.006)
    assert np.mean([one.log_ratio for one in effects_of(base, candidate)]) == pytest.approx(
        0, abs=0.003
    )


def test_a_slower_clock_of_a_whole_run_stays_in_where_verdicts_hold_with_and_without_it():
    base, candidate = run_following(7, slope=1.0), run_following(8, slope=1.0, pace=0.03)
    own = np.mean([np.log(paces) for paces in candidate.paces.values()]) - np.mean(
        [np.log(paces) for paces in base.paces.values()]
    )
    found = effects_of(base, candidate, is_apart=True)
    assert np.mean([one.log_ratio for one in found]) == pytest.approx(own, abs=0.003)


def test_trials_that_do_not_follow_are_left_as_they_are():
    runs = [run_following(seed, slope=0.0) for seed in (9, 10)]
    follow = following(runs, is_apart=False)
    assert not follow.slopes
    assert not follow.sentence
    assert effects_of(*runs) == list(measured_effects([runs[0]], [runs[1]], [QUIET]))


def test_few_trials_show_no_slope():
    runs = [run_following(seed, slope=1.0, rounds=1) for seed in (11, 12)]
    assert not following(runs, is_apart=False).slopes


def test_a_probe_that_never_moves_shows_no_slope():
    still = run_following(13, slope=0.0)
    runs = [
        Measured(
            path=still.path,
            environment=still.environment,
            level=None,
            cases=still.cases,
            values=still.values,
            reasons={},
            unsteady={},
            paces=dict.fromkeys(still.paces, (11_600.0,) * ROUNDS),
        )
    ]
    assert not following(runs, is_apart=False).slopes


def test_what_was_taken_out_is_said():
    runs = [run_following(seed, slope=1.0) for seed in (14, 15)]
    follow = following(runs, is_apart=False)
    assert f"{QUIET} by {follow.slopes[QUIET]:.2g} %" in follow.sentence
