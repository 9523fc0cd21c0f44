"""Runs of other machines, of other quiet levels and of another pace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.analyse.compare.compare import compare
from harness.core.comparison import Verdict
from harness.core.errors import NotComparable
from harness.core.reason import ReasonCode
from harness.core.run import Run, RunEnd
from harness.store.fake import NATIVE_NS, FakeMachine
from tests.unit.analyse.compare.compared_runs import CASES, SLOWER, TIMES, pair, verdicts
from tests.unit.analyse.compare.effects_made import (
    run_of,
    with_keys,
    with_level,
)


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
