from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.analyse.compare.compare import compare, compare_effects
from harness.analyse.compare.settings import Settings
from harness.core.case import Scenario
from harness.core.comparison import Comparison, NoiseFloor, Verdict
from harness.core.errors import NotComparable
from harness.core.reason import ReasonCode
from harness.core.run import Run, RunEnd
from harness.core.trial import Side
from harness.store.fake import NATIVE_NS, FakeMachine, fake_case, fake_failure
from tests.unit.analyse.compare.effects_made import (
    QUIET,
    cases,
    effect,
    only,
    run_of,
    with_keys,
    with_level,
)

TIMES = Settings(watched=())
CASES = cases(12)
SLOWER = replace(QUIET, latency_ns=round(QUIET.latency_ns * 1.05))


def pair(candidate: FakeMachine = QUIET) -> tuple[list[Run], list[Run]]:
    base = run_of(CASES, path="base.jsonl")
    return [base], [run_of(CASES, candidate, first=50, path="candidate.jsonl")]


def verdicts(comparisons: tuple[Comparison, ...]) -> set[Verdict]:
    return {one.verdict for one in comparisons}


def test_equal_runs_are_equivalent():
    compared = compare(*pair(), {}, TIMES)
    assert verdicts(compared.comparisons) == {Verdict.EQUIVALENT}
    assert len(compared.comparisons) == 12
    assert "12 cases" in compared.prior


def test_a_run_beside_itself_is_equivalent():
    base, _ = pair()
    compared = compare(base, base, {}, TIMES)
    assert verdicts(compared.comparisons) == {Verdict.EQUIVALENT}
    assert {one.ratio.value for one in compared.comparisons} == {1.0}


def test_five_per_cent_more_is_slower_and_the_other_way_round_faster():
    base, candidate = pair(SLOWER)
    assert verdicts(compare(base, candidate, {}, TIMES).comparisons) == {Verdict.SLOWER}
    assert verdicts(compare(candidate, base, {}, TIMES).comparisons) == {Verdict.FASTER}


def test_slow_episodes_do_not_move_the_quiet_state():
    base, _ = pair()
    restless = [run_of(CASES, FakeMachine(), first=50)]
    told = compare(base, restless, {}, TIMES).comparisons
    assert verdicts(told) <= {Verdict.EQUIVALENT, Verdict.INCONCLUSIVE}
    experienced = compare(base, restless, {}, replace(TIMES, experienced=True)).comparisons
    assert {one.metric for one in experienced} == {"latency_p50"}


def test_throughput_of_the_other_scenario_is_compared_too():
    offline = fake_case(10_000, scenario=Scenario.OFFLINE, batch_size=8)
    sides = [
        [run_of([offline], machine, first=50 * place)]
        for place, machine in enumerate((QUIET, SLOWER))
    ]
    told = only(compare(sides[0], sides[1], {}, TIMES).comparisons)
    assert told.metric == "throughput_quiet"
    assert told.verdict is Verdict.SLOWER
    assert told.ratio.value < 1


def test_memory_artifacts_and_preparing_are_compared_beside_the_times():
    sides = [[run_of(CASES, first=50 * place, memory=1, path=str(place))] for place in range(2)]
    compared = compare(sides[0], sides[1], {}, Settings())
    found = {one.metric: one.verdict for one in compared.comparisons}
    assert found["peak_rss"] is Verdict.INCONCLUSIVE
    assert found["artifact_bytes"] is Verdict.EQUIVALENT
    assert "prepare_time" in found
    assert {one.metric for one in compared.gated} == {"latency_quiet"}


def test_runs_of_other_machines_are_refused_with_every_differing_key():
    base, candidate = pair()
    other = [with_keys(candidate[0], cpu_model="Other 9", smt="on")]
    with pytest.raises(NotComparable) as refused:
        compare(base, other, {}, TIMES)
    assert "cpu_model: Made Up 3000 | Other 9" in str(refused.value)
    assert "smt: not known | on" in str(refused.value)
    assert "--across machine" in str(refused.value)


def test_a_named_difference_is_allowed_and_said():
    base, candidate = pair()
    other = [with_keys(candidate[0], cpu_model="Other 9", smt="on")]
    with pytest.raises(NotComparable, match="smt"):
        compare(base, other, {}, replace(TIMES, across=frozenset({"cpu_model"})))
    for across in ({"cpu_model", "smt"}, {"machine"}):
        compared = compare(base, other, {}, replace(TIMES, across=frozenset(across)))
        assert compared.differing["cpu_model"] == ("Made Up 3000", "Other 9")
        assert verdicts(compared.comparisons) == {Verdict.EQUIVALENT}


def test_runs_of_one_side_must_be_of_one_machine_too():
    base, candidate = pair()
    with pytest.raises(NotComparable, match="cpu_model"):
        compare([*base, with_keys(base[0], cpu_model="Other 9")], candidate, {}, TIMES)


def test_quiet_states_told_by_other_probes_are_refused():
    base, candidate = pair()
    newer = [with_level(candidate[0], probe_version=2)]
    with pytest.raises(NotComparable, match=r"probe_version: 1 \| 2"):
        compare(base, newer, {}, TIMES)
    experienced = replace(TIMES, experienced=True)
    assert compare(base, newer, {}, experienced).comparisons
    allowed = replace(TIMES, across=frozenset({"probe_version"}))
    assert compare(base, newer, {}, allowed).differing == {"probe_version": ("1", "2")}


def test_a_level_without_a_version_is_held_against_any():
    base, candidate = pair()
    torn = [with_level(candidate[0], probe_version=0, anchored=False)]
    assert compare(base, torn, {}, TIMES).differing == {}


def test_a_run_that_never_saw_the_machine_quiet_is_held_against_the_level_of_the_others():
    base, _ = pair()
    slow = run_of(CASES, FakeMachine(slow_share=1.0), first=50, path="slow.jsonl")
    slow = with_level(slow, native_ns=1.18 * NATIVE_NS, anchored=False)
    for sides in ((base, [slow]), ([slow], base)):
        compared = compare(sides[0], sides[1], {}, TIMES)
        assert verdicts(compared.comparisons) == {Verdict.INCONCLUSIVE}
        codes = {one.reason.code for one in compared.comparisons}
        assert codes == {ReasonCode.MACHINE_UNQUIET}
        assert any("never saw this machine quiet" in note for note in compared.notes)


def test_levels_that_agree_are_left_alone():
    base, candidate = pair()
    near = [with_level(candidate[0], native_ns=1.03 * NATIVE_NS)]
    assert not any("never saw" in note for note in compare(base, near, {}, TIMES).notes)


def test_a_level_that_is_no_machines_is_said():
    base, candidate = pair()
    own = [with_level(candidate[0], anchored=False)]
    assert any("unanchored" in note for note in compare(base, own, {}, TIMES).notes)
    assert not any("unanchored" in note for note in compare(base, candidate, {}, TIMES).notes)


def with_pace(run: Run, factor: float) -> Run:
    assert run.header.level is not None
    level = replace(run.header.level, native_ns=factor * NATIVE_NS)
    return replace(run, end=RunEnd(finished_at="2026-01-02T04:00:00+00:00", level=level))


def test_where_the_machine_itself_was_slower_that_much_more_has_to_be_seen():
    base, candidate = pair(SLOWER)
    slow = [with_pace(candidate[0], 1.04)]
    compared = compare([with_pace(base[0], 1.0)], slow, {}, TIMES)
    assert verdicts(compared.comparisons) == {Verdict.INCONCLUSIVE}
    assert any("itself was 4.0 % slower" in note for note in compared.notes)
    swapped = compare(slow, [with_pace(base[0], 1.0)], {}, TIMES)
    assert verdicts(swapped.comparisons) == {Verdict.INCONCLUSIVE}
    assert any("faster" in note for note in swapped.notes)


def test_a_machine_that_was_faster_hides_no_slowdown():
    base, candidate = pair(SLOWER)
    compared = compare(base, [with_pace(candidate[0], 0.97)], {}, TIMES)
    assert verdicts(compared.comparisons) == {Verdict.SLOWER}


def test_equal_times_on_a_machine_of_another_pace_are_not_equivalent():
    base, candidate = pair()
    compared = compare(base, [with_pace(candidate[0], 1.04)], {}, TIMES)
    assert verdicts(compared.comparisons) == {Verdict.INCONCLUSIVE}


def test_paces_that_agree_change_nothing():
    base, candidate = pair()
    near = compare(base, [with_pace(candidate[0], 1.005)], {}, TIMES)
    assert near == compare(base, candidate, {}, TIMES)


def test_a_missing_noise_floor_is_said_and_a_known_one_is_used():
    base, candidate = pair(SLOWER)
    assert any("calibrate" in note for note in compare(base, candidate, {}, TIMES).notes)
    floors = {
        (case.id, "latency_quiet"): NoiseFloor(
            case_id=case.id, metric="latency_quiet", floor=0.2, between=0.1, within=0.1, runs=5
        )
        for case in CASES
    }
    compared = compare(base, candidate, floors, TIMES)
    assert verdicts(compared.comparisons) == {Verdict.EQUIVALENT}
    assert compared.notes == ()


def test_cases_of_one_side_are_named_and_not_compared():
    base = [run_of(CASES[:3], path="base.jsonl")]
    candidate = [run_of(CASES[1:5], first=50)]
    compared = compare(base, candidate, {}, TIMES)
    assert compared.only_base == CASES[:1]
    assert compared.only_candidate == CASES[3:5]
    assert [one.case for one in compared.comparisons] == list(CASES[1:3])


def test_sides_without_a_case_in_common_are_refused():
    with pytest.raises(NotComparable, match="no case in common"):
        compare([run_of(CASES[:3])], [run_of(CASES[3:])], {}, TIMES)


def test_as_experienced_the_quiet_level_does_not_matter():
    base, candidate = pair()
    own = [with_level(candidate[0], anchored=False, native_ns=1.18 * NATIVE_NS)]
    notes = compare(base, own, {}, replace(TIMES, experienced=True)).notes
    assert not any("quiet" in note for note in notes)


def test_the_order_of_trials_in_the_file_does_not_matter():
    base, candidate = pair(SLOWER)
    turned = [replace(candidate[0], trials=candidate[0].trials[::-1])]
    told = compare(base, turned, {}, TIMES).comparisons
    assert told == compare(base, candidate, {}, TIMES).comparisons


@settings(max_examples=10, deadline=None)
@given(power=st.integers(-3, 6))
def test_a_clock_of_another_unit_changes_no_verdict(power):
    scaled = replace(QUIET, latency_ns=round(QUIET.latency_ns * 2.0**power))
    slower = replace(QUIET, latency_ns=round(1_050_000 * 2.0**power))
    chosen = CASES[:10]
    sides = [run_of(chosen, scaled)], [run_of(chosen, slower, first=50, path="candidate.jsonl")]
    assert verdicts(compare(*sides, {}, TIMES).comparisons) == {Verdict.SLOWER}


def test_a_case_that_crashes_in_the_candidate_is_inconclusive_and_says_so():
    base, candidate = pair()
    crashed = replace(candidate[0], trials=(fake_failure(CASES[0]), *candidate[0].trials))
    told = compare(base, [crashed], {}, TIMES).comparisons[0]
    assert told.verdict is Verdict.INCONCLUSIVE
    assert told.reason.code is ReasonCode.CASE_NOT_MEASURED
    assert told.reason.detail == "candidate: worker_crashed: signal 11"


def test_a_case_that_neither_side_measured_is_left_out():
    base, candidate = pair()
    sides = [
        [replace(one[0], trials=(fake_failure(CASES[0]), *one[0].trials))]
        for one in (base, candidate)
    ]
    assert CASES[0] not in [one.case for one in compare(sides[0], sides[1], {}, TIMES).comparisons]


def test_only_the_trials_of_the_baseline_count_in_a_run_of_two_sides():
    base, candidate = pair()
    second = tuple(replace(trial, side=Side.CANDIDATE) for trial in pair(SLOWER)[1][0].trials)
    both = [replace(candidate[0], trials=(*candidate[0].trials, *second))]
    told = compare(base, both, {}, TIMES).comparisons
    assert told == compare(base, candidate, {}, TIMES).comparisons


def test_more_runs_of_a_side_are_more_trials():
    base, candidate = pair()
    more = [*candidate, run_of(CASES, first=80, path="third.jsonl")]
    told = compare([*base, *more[:1]], more[1:], {}, TIMES).comparisons
    assert verdicts(told) == {Verdict.EQUIVALENT}
    assert {one.rounds for one in told} == {5}


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
