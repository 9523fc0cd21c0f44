from dataclasses import replace

import pytest
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse import confirmation
from harness.analyse.compare.compare import compare, compare_effects
from harness.analyse.compare.measured import measure
from harness.analyse.compare.settings import Settings
from harness.analyse.confirmation import (
    among_themselves,
    confirmed_pairs,
    key_of,
    with_fresh,
)
from harness.analyse.gate import Ending, Question, Standing, flagged, judge
from harness.analyse.pairs import effects_of_pairs
from harness.core.comparison import Verdict
from harness.store.fake import fake_case
from tests.unit.analyse.gate_runs import CASES, CONTROL, ab_run, gate_run, header_of
from tests.unit.analyse.gates import comparison, slower

SETTINGS = Settings()
BASE = gate_run()
SLOW = CASES[3]
CANDIDATE = gate_run(header_of("bbbb2222", 3), {SLOW: 1.10})
KEY = (SLOW.id, "latency_quiet")


def confirmed(base, candidate, fresh, compared):
    runs = {run.path: run for run in (base, candidate, fresh)}
    first, second, third = (measure(run, SETTINGS.compared) for run in runs.values())

    def again(run, level):
        return measure(runs[run.path], SETTINGS.compared, level=level)

    return confirmation.confirmed((first, second), third, again, compared, {})


def fresh_run(factor=1.0, control=1.0):
    """Measure the flagged case again, and once more as the control."""
    twin = replace(SLOW, replica=1)
    header = replace(header_of("cccc4444", 4), cases=(SLOW, twin))
    return gate_run(header, {SLOW: factor, twin: factor * control})


def flags():
    found = compare([BASE], [CANDIDATE], {}, SETTINGS)
    assert [key_of(one) for one in flagged(found)] == [KEY]
    return found


def test_a_slowdown_that_is_there_again_is_confirmed():
    found = confirmed(BASE, CANDIDATE, fresh_run(1.10), flags())
    assert list(found.fresh) == [KEY]
    assert found.fresh[KEY].verdict is Verdict.SLOWER
    assert found.fresh[KEY].ratio.value == pytest.approx(1.10, rel=0.02)
    assert found.moved == ""
    assert found.path == "cccc4444.jsonl"


def test_a_slowdown_that_is_gone_is_not():
    compared = flags()
    found = confirmed(BASE, CANDIDATE, fresh_run(), compared)
    assert found.fresh[KEY].verdict is not Verdict.SLOWER
    gate = judge(compared, found, Question())
    assert gate.ending is Ending.FINE
    assert gate.findings[0].standing is Standing.CLEARED


def test_the_spread_is_still_shared_over_all_cases():
    many = tuple(fake_case(1_000 * number) for number in range(1, 21))
    slow = many[0]
    base = gate_run(replace(header_of(), cases=many))
    candidate = gate_run(replace(header_of("bbbb2222", 3), cases=many), {slow: 1.10})
    fresh = gate_run(replace(header_of("cccc4444", 4), cases=(slow,)), {slow: 1.10})
    compared = compare([base], [candidate], {}, SETTINGS)
    told = confirmed(base, candidate, fresh, compared).fresh[slow.id, "latency_quiet"]
    alone = compare([base], [fresh], {}, SETTINGS).comparisons[0]
    assert told.ratio.value == pytest.approx(alone.ratio.value)
    assert told.p_value != alone.p_value


def test_a_control_that_moves_in_the_fresh_rounds_is_said():
    found = confirmed(BASE, CANDIDATE, fresh_run(1.10, control=1.5), flags())
    assert "MOVED" in found.moved


def test_what_could_not_be_measured_again_has_no_verdict():
    fresh = replace(fresh_run(), trials=())
    assert confirmed(BASE, CANDIDATE, fresh, flags()).fresh == {}


def test_old_values_of_what_was_flagged_are_replaced_and_no_others():
    old, new = (measure(run, SETTINGS.compared) for run in (CANDIDATE, fresh_run()))
    found = with_fresh(old, new, frozenset({KEY}))
    assert found.values[KEY] == new.values[KEY]
    other = (CASES[0].id, "latency_quiet")
    assert found.values[other] == old.values[other]


def test_runs_that_never_saw_the_machine_quiet_are_held_against_the_level_of_those_that_did():
    own = CANDIDATE.header.level
    assert own is not None
    level = replace(own, native_ns=own.native_ns * 1.3)
    candidate, fresh = (
        replace(run, header=replace(run.header, level=level))
        for run in (CANDIDATE, fresh_run(1.10))
    )
    compared = compare([BASE], [candidate], {}, SETTINGS)
    found = confirmed(BASE, candidate, fresh, compared)
    assert found.fresh[KEY].ratio.value == pytest.approx(1.10, rel=0.02)
    low = replace(level, native_ns=level.native_ns / 1.69)
    lowest = replace(candidate, header=replace(candidate.header, level=low))
    assert confirmed(BASE, lowest, fresh, compared).path


def pairs_of(run):
    return compare_effects(effects_of_pairs(run, SETTINGS), {}, SETTINGS)


def test_a_slowdown_of_one_side_is_confirmed_by_fresh_pairs():
    first = ab_run({SLOW: 1.10}, run_id="ab1")
    compared = pairs_of(first)
    assert KEY in {key_of(one) for one in flagged(compared)}
    again = confirmed_pairs(first, ab_run({SLOW: 1.10}, run_id="ab2"), compared)
    assert again.fresh[KEY].verdict is Verdict.SLOWER
    gone = confirmed_pairs(first, ab_run(run_id="ab3"), compared)
    assert gone.fresh[KEY].verdict is not Verdict.SLOWER


def test_fresh_pairs_of_other_packages_confirm_nothing():
    first = ab_run({SLOW: 1.10}, run_id="ab1")
    second = ab_run({SLOW: 1.10}, run_id="ab2")
    newer = replace(second.header.environment, versions={"torch": "9"})
    second = replace(second, header=replace(second.header, candidate=newer))
    found = confirmed_pairs(first, second, pairs_of(first))
    assert found.fresh == {}
    assert "other packages" in found.obstacle


def test_the_control_case_raises_no_flag():
    candidate = gate_run(header_of("bbbb2222", 3), {CONTROL: 1.5})
    assert flagged(compare([BASE], [candidate], {}, SETTINGS)) == ()


def test_flagged_cases_are_adjusted_for_each_other_and_for_no_case_that_was_not_in_question():
    p_values = [0.004, 0.03, 0.2]
    found = [
        comparison(case, Verdict.INCONCLUSIVE, 1.03, p_value=p_value, p_adjusted=1.0)
        for case, p_value in zip(CASES, p_values, strict=False)
    ]
    told = among_themselves(found, SETTINGS)
    expected = stats.false_discovery_control(p_values)  # Benjamini and Hochberg, by scipy
    assert [one.p_adjusted for one in told[:2]] == pytest.approx(expected[:2])
    assert [one.verdict for one in told] == [
        Verdict.SLOWER,
        Verdict.SLOWER,
        Verdict.INCONCLUSIVE,
    ]


def test_a_flagged_case_that_costs_less_in_fresh_rounds_is_not_slower():
    faster = comparison(CASES[0], Verdict.FASTER, 0.9, p_value=0.001, p_adjusted=0.001)
    assert among_themselves([faster], SETTINGS) == [faster]


def test_a_size_that_is_compared_exactly_keeps_its_verdict():
    larger = slower(metric="artifact_bytes", p_value=None, p_adjusted=None)
    assert among_themselves([larger], SETTINGS) == [larger]


def test_a_verdict_that_does_not_hold_among_the_flagged_is_undecided():
    weak = [slower(case, p_value=0.04, p_adjusted=0.04) for case in CASES[:1]]
    weak += [comparison(case, p_value=0.9, p_adjusted=0.9) for case in CASES[1:]]
    assert among_themselves(weak, SETTINGS)[0].verdict is Verdict.INCONCLUSIVE
