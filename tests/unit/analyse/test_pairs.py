from __future__ import annotations

import math
import statistics
from dataclasses import replace

import pytest

from harness.analyse.compare.compare import compare_effects
from harness.analyse.compare.effects import Missing
from harness.analyse.compare.settings import Settings
from harness.analyse.pairs import effects_of_pairs
from harness.core.case import Scenario
from harness.core.comparison import Effect, Verdict
from harness.core.reason import ReasonCode
from harness.core.run import QuietLevel, Run
from harness.core.trial import Decision, Side, StopReason
from harness.store.fake import NATIVE_NS, FakeMachine, fake_case, fake_failure, fake_header

CASE = fake_case(10_000)
OFFLINE = fake_case(10_000, scenario=Scenario.OFFLINE, batch_size=8)
CONTROL = replace(CASE, replica=1)
QUIET = FakeMachine(slow_share=0.0, hunting=0)
SLOW = FakeMachine(slow_share=1.0, hunting=0)
SETTINGS = Settings()
ANCHORED = QuietLevel(native_ns=NATIVE_NS, probe_version=1, anchored=True)
UNSETTLED = Decision(stopped=StopReason.TIME_LIMIT, warm_up_slices=15)


def pair(ratio, number=1, case=CASE, machine=QUIET, **changes):
    """Make the two trials of a round: the same machine, another network."""
    other = replace(machine, latency_ns=round(machine.latency_ns * ratio))
    return [
        replace(one.trial(case, number), side=side, **changes)
        for side, one in ((Side.BASE, machine), (Side.CANDIDATE, other))
    ]


def run_of(*trials, cases=(CASE,), level=ANCHORED, **header):
    made = replace(fake_header(cases), level=level, **header)
    return Run(path="fake.jsonl", header=replace(made, candidate=made.environment), trials=trials)


def effects(*trials, settings=SETTINGS, **run):
    return {one.metric: one for one in effects_of_pairs(run_of(*trials, **run), settings)}


def test_the_effect_is_the_mean_over_pairs_and_its_spread_is_theirs():
    ratios = [1.04, 1.05, 1.07]
    trials = [trial for number, ratio in enumerate(ratios, 1) for trial in pair(ratio, number)]
    found = effects(*trials)["latency_quiet"]
    logs = [math.log(ratio) for ratio in ratios]
    assert found.log_ratio == pytest.approx(statistics.mean(logs), abs=1e-5)
    assert found.variance == pytest.approx(statistics.variance(logs), rel=1e-3)
    assert (found.degrees, found.scale, found.rounds) == (2, pytest.approx(1 / 3), 3)
    assert found.paired


def test_slices_of_one_pair_give_no_spread():
    found = effects(*pair(1.05))["latency_quiet"]
    assert (found.variance, found.degrees, found.scale, found.rounds) == (0, 0, 1, 1)
    assert found.log_ratio == pytest.approx(math.log(1.05), abs=1e-5)


def test_swapping_the_sides_swaps_the_sign():
    trials = pair(1.05)
    swapped = [
        replace(trial, side=side)
        for trial, side in zip(trials, (Side.CANDIDATE, Side.BASE), strict=True)
    ]
    ratio = effects(*trials)["latency_quiet"].log_ratio
    assert effects(*swapped)["latency_quiet"].log_ratio == pytest.approx(-ratio)


def test_the_order_of_the_trials_in_the_file_does_not_matter():
    trials = [*pair(1.05, 1), *pair(1.06, 2)]
    assert effects(*trials) == effects(*reversed(trials))


def test_more_throughput_is_less_time():
    found = effects(*pair(1.25, case=OFFLINE), cases=(OFFLINE,))["throughput_quiet"]
    assert found.log_ratio == pytest.approx(-math.log(1.25), abs=1e-4)


def test_slices_in_which_only_one_side_was_slow_do_not_count():
    calm, mixed = QUIET.trial(CASE, 1), FakeMachine(slow_share=0.3, hunting=0).trial(CASE, 1)
    trials = [calm, replace(mixed, side=Side.CANDIDATE)]
    found = effects(*trials)["latency_quiet"]
    assert abs(found.log_ratio) < 0.02
    assert not found.note


def test_where_the_machine_was_never_quiet_both_sides_slow_alike_count_and_it_is_said():
    found = effects(*pair(1.05, machine=SLOW))["latency_quiet"]
    assert found.log_ratio == pytest.approx(math.log(1.05), abs=1e-5)
    assert "not quiet, in 1 of 1 pairs" in found.note


def test_too_few_slices_alike_are_no_value():
    trials = [QUIET.trial(CASE, 1), replace(SLOW.trial(CASE, 1), side=Side.CANDIDATE)]
    found = effects(*trials)["latency_quiet"]
    assert isinstance(found, Missing)
    assert found.reason.code is ReasonCode.MACHINE_UNQUIET
    assert found.reason.hint


def test_warm_up_of_either_side_counts_for_none():
    base, candidate = pair(1.05)
    found = effects(base, replace(candidate, decision=UNSETTLED))["latency_quiet"]
    assert isinstance(found, Missing)


def test_a_trial_without_its_partner_is_left_out():
    found = effects(*pair(1.05, 1), pair(1.5, 2)[0])["latency_quiet"]
    assert found.rounds == 1


def test_a_pair_without_any_slice_is_left_out():
    base, candidate = pair(1.05)
    empty = replace(FakeMachine(slices=0, hunting=0).trial(CASE, 1), side=Side.CANDIDATE)
    found = effects(base, empty)["latency_quiet"]
    assert isinstance(found, Missing)
    assert isinstance(effects(base, candidate)["latency_quiet"], Effect)


@pytest.mark.parametrize("side", list(Side))
def test_a_case_that_failed_on_one_side_says_why(side):
    broken = replace(fake_failure(CASE, 2), side=side)
    found = effects(*pair(1.05, 1), broken)
    assert list(found) == ["latency_quiet"]
    assert found["latency_quiet"].reason.code is ReasonCode.CASE_NOT_MEASURED
    assert "signal 11" in found["latency_quiet"].reason.detail


def test_a_case_that_no_pair_was_taken_of_says_so():
    found = effects()["latency_quiet"]
    assert found.reason.code is ReasonCode.CASE_NOT_MEASURED


def test_as_experienced_every_slice_counts():
    settings = Settings(experienced=True)
    trials = [QUIET.trial(CASE, 1), replace(SLOW.trial(CASE, 1), side=Side.CANDIDATE)]
    found = effects(*trials, settings=settings)["latency_p50"]
    assert found.log_ratio == pytest.approx(math.log(1.6), abs=0.05)
    assert not found.note


def test_preparing_is_compared_by_one_value_a_process():
    base, candidate = pair(1.0)
    trials = [
        replace(base, prepare_time_ns=1_000_000),
        replace(candidate, prepare_time_ns=1_100_000),
    ]
    assert effects(*trials)["prepare_time"].log_ratio == pytest.approx(math.log(1.1))
    unknown = replace(candidate, prepare_time_ns=None)
    assert isinstance(effects(trials[0], unknown)["prepare_time"], Missing)


def test_only_metrics_that_were_asked_for_and_that_a_pair_has_are_given():
    settings = Settings(metrics=("peak_rss",), watched=("prepare_time",))
    assert list(effects(*pair(1.0), settings=settings)) == ["prepare_time"]
    assert list(effects(*pair(1.0))) == ["latency_quiet", "prepare_time"]


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [(1.0, Verdict.EQUIVALENT), (1.08, Verdict.SLOWER), (0.92, Verdict.FASTER)],
)
def test_pairs_become_verdicts_and_the_control_proves_them(ratio, verdict):
    wobble = (0.998, 1.0, 1.002, 1.001, 0.999)
    trials = [
        trial
        for number, noise in enumerate(wobble, 1)
        for trial in (*pair(ratio * noise, number), *pair(noise, number, CONTROL))
    ]
    run = run_of(*trials, cases=(CASE, CONTROL))
    compared = compare_effects(effects_of_pairs(run, SETTINGS), {}, SETTINGS)
    (found,) = compared.gated
    assert found.verdict is verdict
    assert compared.proven
    assert "the baseline against itself" in compared.control.sentence


def test_a_control_that_moved_proves_nothing():
    wobble = (0.998, 1.0, 1.002, 1.001, 0.999)
    trials = [
        trial
        for number, noise in enumerate(wobble, 1)
        for trial in (*pair(noise, number), *pair(1.06 * noise, number, CONTROL))
    ]
    run = run_of(*trials, cases=(CASE, CONTROL))
    assert compare_effects(effects_of_pairs(run, SETTINGS), {}, SETTINGS).proven is False
