from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse.compare.decide import decide, threshold_of
from harness.analyse.compare.effects import Missing, effect_of
from harness.analyse.compare.settings import Settings
from harness.core.comparison import Effect, NoiseFloor, Verdict
from harness.core.reason import Reason, ReasonCode
from harness.store.fake import fake_case
from tests.unit.analyse.compare.effects_made import cases, effect, effects, only

SETTINGS = Settings()
SWAPPED = {
    Verdict.SLOWER: Verdict.FASTER,
    Verdict.FASTER: Verdict.SLOWER,
    Verdict.EQUIVALENT: Verdict.EQUIVALENT,
    Verdict.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}


def verdict(one: Effect, **changes: object) -> Verdict:
    settings = replace(SETTINGS, **changes)  # type: ignore[arg-type]
    return only(decide([one], {}, settings).comparisons).verdict


def floor(one: Effect, size: float) -> dict[tuple[str, str], NoiseFloor]:
    known = NoiseFloor(
        case_id=one.case.id, metric=one.metric, floor=size, between=0.01, within=0.01, runs=5
    )
    return {(one.case.id, one.metric): known}


@pytest.mark.parametrize(
    ("change", "spread", "expected"),
    [
        (0.10, 0.01, Verdict.SLOWER),
        (-0.10, 0.01, Verdict.FASTER),
        (0.0, 0.005, Verdict.EQUIVALENT),
        (0.005, 0.005, Verdict.EQUIVALENT),
        (0.05, 0.10, Verdict.INCONCLUSIVE),
        (0.02, 0.001, Verdict.INCONCLUSIVE),
    ],
)
def test_a_change_beyond_the_threshold_and_the_noise_has_its_verdict(change, spread, expected):
    assert verdict(effect(change, spread)) is expected


def test_more_throughput_is_faster():
    assert verdict(effect(0.10, metric="throughput_quiet")) is Verdict.FASTER
    assert verdict(effect(-0.10, metric="throughput_quiet")) is Verdict.SLOWER


def test_a_single_case_is_tested_by_the_plain_t_test_of_scipy():
    rng = np.random.default_rng(4)
    base, candidate = rng.normal(0, 0.01, 5), rng.normal(0.04, 0.01, 6)
    one = effect_of(fake_case(), "latency_quiet", [base], [candidate])
    told = only(decide([one], {}, SETTINGS).comparisons)
    shifted = stats.ttest_ind(candidate - math.log1p(0.02), base, alternative="greater")
    plain = stats.ttest_ind(candidate, base).confidence_interval(0.95)
    assert told.p_value == pytest.approx(shifted.pvalue, rel=1e-7)
    assert told.p_adjusted == pytest.approx(shifted.pvalue, rel=1e-7)
    assert told.ratio is not None
    assert told.ratio.value == pytest.approx(math.exp(candidate.mean() - base.mean()))
    assert told.ratio.low == pytest.approx(math.exp(plain.low))
    assert told.ratio.high == pytest.approx(math.exp(plain.high))
    assert "plain t" in decide([one], {}, SETTINGS).prior


def test_equivalence_is_two_one_sided_tests():
    for change in (0.0, 0.004, 0.008, 0.012, -0.008):
        one = effect(change, 0.009)
        error = math.sqrt(one.variance * one.scale)
        bound = math.log1p(0.02)
        upper = stats.t.sf((bound - one.log_ratio) / error, one.degrees)
        lower = stats.t.sf((bound + one.log_ratio) / error, one.degrees)
        expected = max(upper, lower) <= 0.05
        assert (verdict(one) is Verdict.EQUIVALENT) == expected


def test_p_values_are_adjusted_for_all_gated_cases():
    found = effects([0.06] * 3 + [0.0] * 17, spread=0.012)
    told = decide(found, {}, SETTINGS).comparisons
    slower = [one for one in told if one.p_value is not None and one.ratio.value > 1.01]
    every = [one.p_value if one.ratio.value >= 1 else 1 - 1e-12 for one in told if one.p_value]
    expected = stats.false_discovery_control(every)
    assert [one.p_adjusted for one in slower] == pytest.approx(expected[:3], rel=1e-6)


def test_a_change_found_alone_may_drown_among_many():
    many = effects([0.04] + [0.0] * 8, spread=0.012)
    assert verdict(many[0]) is Verdict.SLOWER
    assert decide(many, {}, SETTINGS).comparisons[0].verdict is Verdict.INCONCLUSIVE


def test_sharing_the_spread_finds_what_each_case_alone_does_not():
    changes = [0.055] + [0.0] * 39
    shared = decide(effects(changes, 0.01, rounds=3), {}, SETTINGS)
    assert shared.comparisons[0].verdict is Verdict.SLOWER
    assert "40 cases" in shared.prior
    few = decide(effects(changes[:9], 0.01, rounds=3), {}, SETTINGS)
    assert few.comparisons[0].verdict is Verdict.INCONCLUSIVE


def test_the_noise_floor_of_a_case_raises_its_threshold_and_never_lowers_it():
    one = effect(0.05, 0.005)
    assert threshold_of(one, floor(one, 0.08), SETTINGS) == 0.08
    assert threshold_of(one, floor(one, 0.001), SETTINGS) == 0.02
    raised = only(decide([one], floor(one, 0.08), SETTINGS).comparisons)
    assert raised.verdict is Verdict.EQUIVALENT
    assert raised.threshold == 0.08


def test_what_was_asked_for_is_the_threshold_of_times_and_not_of_memory():
    settings = replace(SETTINGS, threshold=0.005)
    assert threshold_of(effect(0.0), {}, settings) == 0.005
    assert threshold_of(effect(0.0, metric="peak_rss"), {}, settings) == 0.02
    assert threshold_of(effect(0.0, metric="prepare_time"), {}, settings) == 0.10


def test_watched_metrics_do_not_change_the_gated_p_values():
    one = effect(0.045, 0.012)
    watched = [effect(0.0, case=case, metric="prepare_time") for case in cases(50)]
    alone = decide([one], {}, SETTINGS).comparisons[0]
    together = decide([one, *watched], {}, SETTINGS).comparisons[0]
    assert together.p_adjusted == alone.p_adjusted


def test_sizes_of_artifacts_are_compared_exactly():
    def told(change: float) -> Verdict:
        one = replace(effect(change, 0.0, metric="artifact_bytes"), degrees=0.0, rounds=1)
        return verdict(one)

    assert told(0.0) is Verdict.EQUIVALENT
    assert told(0.009) is Verdict.EQUIVALENT
    assert told(0.02) is Verdict.SLOWER
    assert told(-0.02) is Verdict.FASTER


def test_one_memory_trial_a_side_can_show_a_large_change_and_never_that_there_is_none():
    def told(change: float) -> Verdict:
        return verdict(effect_of(fake_case(), "peak_rss", [np.zeros(1)], [np.full(1, change)]))

    assert told(0.10) is Verdict.SLOWER
    assert told(0.05) is Verdict.INCONCLUSIVE
    assert told(0.0) is Verdict.INCONCLUSIVE
    one = effect_of(fake_case(), "peak_rss", [np.zeros(1)], [np.zeros(1)])
    assert "is assumed" in decide([one], {}, SETTINGS).prior


def test_one_trial_a_side_of_a_time_has_a_ratio_and_no_interval():
    one = effect_of(fake_case(), "latency_quiet", [np.zeros(1)], [np.full(1, 0.1)])
    told = only(decide([one], {}, SETTINGS).comparisons)
    assert told.verdict is Verdict.INCONCLUSIVE
    assert told.ratio is not None
    assert told.ratio.value == pytest.approx(math.exp(0.1))
    assert told.ratio.low is None
    assert told.rounds_needed == 2
    assert "one trial a side" in told.note


def test_what_is_missing_is_inconclusive_with_its_reason():
    reason = Reason(code=ReasonCode.MACHINE_UNQUIET, detail="candidate: 2 of 20")
    missing = Missing(case=fake_case(), metric="latency_quiet", reason=reason)
    told = only(decide([missing], {}, SETTINGS).comparisons)
    assert told.verdict is Verdict.INCONCLUSIVE
    assert told.ratio is None
    assert told.reason == reason


def test_comparisons_stand_in_the_order_of_the_effects():
    reason = Reason(code=ReasonCode.NOT_MEASURED)
    first, second = cases(2)
    found: list[Effect | Missing] = [
        effect(0.0, case=second),
        Missing(case=first, metric="latency_quiet", reason=reason),
        effect(0.0, case=first, metric="artifact_bytes"),
    ]
    told = decide(found, {}, SETTINGS).comparisons
    assert [(one.case, one.metric) for one in told] == [(one.case, one.metric) for one in found]


def test_nothing_to_decide_is_no_comparison():
    decided = decide([], {}, SETTINGS)
    assert decided.comparisons == ()
    assert decided.prior == ""


def test_a_decided_verdict_needs_no_more_rounds_and_an_open_one_says_how_many():
    assert only(decide([effect(0.1)], {}, SETTINGS).comparisons).rounds_needed is None
    told = only(decide([effect(0.0, 0.02)], {}, SETTINGS).comparisons)
    assert told.verdict is Verdict.INCONCLUSIVE
    assert told.rounds_needed is not None
    assert told.rounds_needed > told.rounds


changes = st.floats(-0.2, 0.2)
spreads = st.floats(1e-4, 0.1)


@given(change=changes, spread=spreads)
def test_swapping_the_sides_swaps_the_verdict(change, spread):
    one = effect(change, spread)
    other = replace(one, log_ratio=-one.log_ratio)
    assert verdict(other) is SWAPPED[verdict(one)]


@given(spread=spreads, rounds=st.integers(2, 20))
def test_comparing_with_itself_is_never_a_change(spread, rounds):
    assert verdict(effect(0.0, spread, rounds)) in {Verdict.EQUIVALENT, Verdict.INCONCLUSIVE}


@given(change=changes, spread=spreads, threshold=st.floats(0.01, 0.2))
def test_a_larger_threshold_never_makes_an_alarm(change, spread, threshold):
    one = effect(change, spread)
    if verdict(one, threshold=threshold * 1.5) is Verdict.SLOWER:
        assert verdict(one, threshold=threshold) is Verdict.SLOWER


def test_a_spread_beyond_all_measure_has_no_smallest_change_and_breaks_nothing():
    found = effects([0.0] * 200)
    wild = effect_of(found[0].case, "latency_quiet", [np.array([0.0, 20.0])], [np.zeros(1)])
    told = decide([wild, *found[1:]], {}, SETTINGS).comparisons[0]
    assert told.verdict is Verdict.INCONCLUSIVE
    assert told.smallest_change is None
    assert told.ratio is not None
