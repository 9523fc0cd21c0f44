"""Whether the case that was measured twice proves the comparison."""

from __future__ import annotations

import math
from dataclasses import replace

from harness.analyse.compare.compare import compare, compare_effects
from harness.core.comparison import Verdict
from tests.unit.analyse.compare.compared_runs import CASES, SLOWER, TIMES, pair
from tests.unit.analyse.compare.effects_made import (
    effect,
    only,
    run_of,
)


def test_a_control_case_is_no_comparison_and_proves_the_run():
    control = replace(CASES[0], replica=1)
    sides = [[run_of([*CASES, control], first=50 * place, path=str(place))] for place in range(2)]
    compared = compare(sides[0], sides[1], {}, TIMES)
    assert compared.proven is True
    assert control not in [one.case for one in compared.comparisons]
    assert "agrees with itself" in compared.control.sentence


def test_a_control_case_that_moved_leaves_nothing_proven():
    control = replace(CASES[0], replica=1)
    base = run_of([*CASES, control], path="base.jsonl")
    moved = run_of([control], SLOWER, first=50).trials
    candidate = run_of([*CASES, control], first=50, path="candidate.jsonl")
    kept = tuple(trial for trial in candidate.trials if trial.case_id != control.id)
    compared = compare([base], [replace(candidate, trials=kept + moved)], {}, TIMES)
    assert compared.proven is False
    assert "MOVED" in compared.control.sentence


def test_without_a_control_case_nothing_is_proven():
    compared = compare(*pair(), {}, TIMES)
    assert compared.proven is None
    assert compared.control.sentence == "There is no control case, so nothing is proven."


def test_a_control_case_without_values_proves_nothing():
    control = replace(CASES[0], replica=1)
    base = run_of([*CASES, control], path="base.jsonl")
    kept = tuple(trial for trial in base.trials if trial.case_id != control.id)
    bare = replace(base, trials=kept)
    compared = compare([bare], [bare], {}, TIMES)
    assert compared.proven is None
    assert "has no value on both sides" in compared.control.sentence


def test_with_one_trial_a_control_case_proves_nothing():
    chosen = [CASES[0], replace(CASES[0], replica=1)]
    sides = [[run_of(chosen, first=50 * place, rounds=1, path=str(place))] for place in range(2)]
    compared = compare(sides[0], sides[1], {}, TIMES)
    assert compared.proven is None
    assert "one trial proves nothing" in compared.control.sentence


def test_effects_of_sides_that_took_turns_have_their_control_among_them():
    control = replace(CASES[0], replica=1)
    slower = replace(effect(0.06, case=CASES[0]), paired=True, scale=0.2, degrees=4.0)
    still = replace(effect(0.0, case=control), paired=True, scale=0.2, degrees=4.0)
    compared = compare_effects([slower, still], {}, TIMES)
    assert only(compared.comparisons).verdict is Verdict.SLOWER
    assert compared.proven is True
    moved = replace(still, log_ratio=math.log(1.1))
    assert compare_effects([slower, moved], {}, TIMES).proven is False
    assert compare_effects([slower], {}, TIMES).proven is None
