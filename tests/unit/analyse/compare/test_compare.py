from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.analyse.compare.compare import compare
from harness.analyse.compare.settings import Settings
from harness.core.case import Scenario
from harness.core.comparison import NoiseFloor, Verdict
from harness.core.errors import NotComparable
from harness.core.reason import ReasonCode
from harness.core.trial import Side
from harness.store.fake import NATIVE_NS, FakeMachine, fake_case, fake_failure
from tests.unit.analyse.compare.compared_runs import CASES, SLOWER, TIMES, pair, verdicts
from tests.unit.analyse.compare.effects_made import (
    QUIET,
    only,
    run_of,
    with_level,
)


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
