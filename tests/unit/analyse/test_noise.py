"""Noise floors hold what they promise: oracles are scipy's distributions, and new runs."""

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse.compare.settings import Settings
from harness.analyse.noise import ROUNDS, noise_of
from harness.core.errors import NotComparable, UsageError
from harness.core.reason import ReasonCode
from harness.core.run import QuietLevel, Run
from harness.core.trial import Outcome, Pass, Status, Trial
from harness.store.fake import (
    NATIVE_NS,
    FakeMachine,
    fake_case,
    fake_failure,
    fake_header,
    fake_memory_trial,
)

ONCE = Settings(metrics=("prepare_time",), watched=())
THRESHOLD = 0.10
"""Of the rule for prepare times."""


def noise_floors(runs, *settings):
    return noise_of(runs, *settings).floors


def cases(count):
    return tuple(fake_case(100 * (place + 100)) for place in range(count))


def prepared(case, number, seconds):
    return Trial(
        case_id=case.id,
        round=number,
        kind=Pass.TIMING,
        started_at=f"2026-01-02T03:{number:02}:05+00:00",
        outcome=Outcome(status=Status.COMPLETED),
        prepare_time_ns=round(seconds * 1e9),
    )


def run_of(of_cases, times, path="run"):
    """Make a run from (cases, rounds) seconds."""
    trials = tuple(
        prepared(case, number, seconds)
        for case, row in zip(of_cases, times, strict=True)
        for number, seconds in enumerate(row)
    )
    return Run(path=path, header=fake_header(of_cases), trials=trials)


def runs_of(of_cases, logs):
    """Make runs from (runs, cases, rounds) logarithms of seconds."""
    return [
        run_of(of_cases, np.exp(of_run), path=f"run{place}") for place, of_run in enumerate(logs)
    ]


def test_the_floor_is_the_prediction_bound_of_two_more_runs():
    logs = np.random.default_rng(1).normal(0.0, 0.02, (4, 2, 3))
    found = noise_floors(runs_of(cases(2), logs), ONCE)
    for floor, of_case in zip(found, logs.transpose(1, 0, 2), strict=True):
        means = of_case.mean(axis=1)
        bound = stats.t.ppf(0.975, 3) * math.sqrt(2 * means.var(ddof=1))
        assert floor.floor == pytest.approx(math.expm1(bound), rel=1e-6)
        assert floor.runs == 4
        assert floor.trials == 3


def test_what_was_seen_is_the_95th_percentile_of_all_pairs():
    logs = np.random.default_rng(2).normal(0.0, 0.02, (5, 1, 2))
    (floor,) = noise_floors(runs_of(cases(1), logs), ONCE)
    pairs = [abs(a - b) for a, b in combinations(logs.mean(axis=2)[:, 0], 2)]
    assert len(pairs) == 10
    assert floor.seen == pytest.approx(math.expm1(np.quantile(pairs, 0.95)), rel=1e-6)


def test_the_spread_between_processes_does_not_count_what_lies_between_runs():
    logs = np.random.default_rng(3).normal(0.0, 0.02, (4, 1, 5))
    logs += np.array([0.0, 1.0, 2.0, 3.0])[:, None, None]
    (floor,) = noise_floors(runs_of(cases(1), logs), ONCE)
    pooled = math.sqrt(logs[:, 0].var(axis=1, ddof=1).mean())
    assert floor.between == pytest.approx(pooled, rel=1e-6)
    assert floor.floor > 1


@pytest.mark.parametrize("count", [9, 300], ids=["each by itself", "shared"])
def test_two_more_equal_runs_stay_within_the_floor_in_95_per_cent_of_cases(count):
    generator = np.random.default_rng(4)
    inside = []
    for _ in range(1_800 // count):
        spread = 0.02 * np.exp(generator.normal(0, 0.5, (1, count, 1)))
        logs = generator.normal(0.0, 1.0, (6, count, 1)) * spread
        floors = noise_floors(runs_of(cases(count), logs[:4]), ONCE)
        new = np.abs(logs[4] - logs[5])[:, 0]
        inside += [
            difference <= math.log1p(one.floor) for difference, one in zip(new, floors, strict=True)
        ]
    low, high = stats.binomtest(sum(inside), len(inside)).proportion_ci(0.999)
    assert low <= 0.95 <= high


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=9), st.floats(0.001, 0.3))
def test_no_floor_is_below_what_was_seen(means, spread):
    quiet = np.random.default_rng(5).normal(0.0, spread, (len(means), 10, 1))
    logs = np.concatenate([quiet, np.array(means)[:, None, None]], axis=1)
    for floor in noise_floors(runs_of(cases(11), logs), ONCE):
        assert floor.floor >= floor.seen >= 0


def test_a_change_that_is_said_to_be_visible_comes_out_in_80_of_100_cases():
    logs = np.random.default_rng(6).normal(0.0, 0.002, (4, 2, 5))
    for floor in noise_floors(runs_of(cases(2), logs), ONCE):
        assert set(floor.smallest_change) == set(ROUNDS)
        for rounds, change in floor.smallest_change.items():
            dof = 2 * rounds - 2
            error = floor.between * math.sqrt(2 / rounds)
            shift = (math.log1p(change) - math.log1p(THRESHOLD)) / error
            critical = stats.t.ppf(1 - 0.05 / 2, dof)  # two cases: the level of one among both
            assert stats.nct.sf(critical, dof, shift) == pytest.approx(0.8, abs=0.02)


def equal_runs(between, within, rounds=5):
    """Make four runs of one case whose spreads are exactly these, in logarithms."""
    runs = np.array([-1.0, -1.0, 1.0, 1.0]) * between * math.sqrt(3) / 2
    processes = np.linspace(-1, 1, rounds)
    processes *= within / processes.std(ddof=1)
    return runs_of(cases(1), runs[:, None, None] + processes[None, None, :])


def test_the_rounds_to_ask_for_are_those_whose_tests_call_equal_runs_equivalent():
    (floor,) = noise_floors(equal_runs(between=0.0, within=0.1), ONCE)
    bound, generator = math.log1p(THRESHOLD), np.random.default_rng(9)

    def equivalent(rounds):
        """Simulate: both one-sided tests of two equal runs, as often as they agree."""
        sides = generator.normal(0.0, 0.1, (2, 20_000, rounds))
        difference = sides[0].mean(axis=1) - sides[1].mean(axis=1)
        pooled = sides.var(axis=2, ddof=1).mean(axis=0)
        error = np.sqrt(2 * pooled / rounds)
        critical = stats.t.ppf(0.95, 2 * rounds - 2)
        return float((np.abs(difference) + critical * error < bound).mean())

    assert equivalent(floor.rounds) > 0.78
    assert equivalent(floor.rounds - 2) < 0.82


def test_no_number_of_rounds_makes_up_for_what_lies_between_runs():
    quiet, wild = equal_runs(between=0.0, within=1e-4), equal_runs(between=0.2, within=1e-4)
    assert noise_floors(quiet, ONCE)[0].rounds == 2
    assert noise_floors(wild, ONCE)[0].rounds is None


def test_equal_times_have_a_floor_of_nothing():
    (floor,) = noise_floors(runs_of(cases(1), np.zeros((3, 1, 2))), ONCE)
    assert floor.floor == floor.seen == floor.between == 0
    assert floor.rounds == 2


@given(st.permutations(range(4)), st.floats(0.01, 100))
def test_neither_the_order_of_the_runs_nor_the_unit_changes_a_floor(order, factor):
    logs = np.random.default_rng(8).normal(0.0, 0.1, (4, 2, 2))
    first = noise_floors(runs_of(cases(2), logs), ONCE)
    second = noise_floors(runs_of(cases(2), logs[list(order)] + math.log(factor)), ONCE)
    for one, other in zip(first, second, strict=True):
        assert other.floor == pytest.approx(one.floor, rel=1e-5)
        assert other.smallest_change == pytest.approx(one.smallest_change, rel=1e-5)


def weighed(case, number):
    trials = (FakeMachine().trial(case, number), fake_memory_trial(case, number))
    return Run(path=f"run{number}", header=fake_header((case,)), trials=trials)


def test_more_rounds_are_not_said_to_help_where_a_value_is_taken_once_a_run():
    case = fake_case()
    found = noise_floors([weighed(case, number) for number in range(3)])
    by_metric = {one.metric: one for one in found}
    memory = by_metric["peak_rss"]
    assert memory.smallest_change == {}
    assert memory.rounds is None
    assert memory.within is None
    assert 0 < memory.floor < 1e-3
    assert "artifact_bytes" not in by_metric  # equal things have equal sizes


def test_a_latency_has_a_spread_inside_its_processes():
    case = fake_case()
    found = noise_floors([weighed(case, number) for number in range(3)])
    latency = next(one for one in found if one.metric == "latency_quiet")
    assert 0.001 < latency.within < 0.01  # medians of ten samples of 1 % each: 0.4 %


def test_the_control_and_what_fewer_than_two_runs_have_get_no_floor():
    case = fake_case()
    failing, control = fake_case(20_000), replace(case, replica=1)
    header = fake_header((case, failing, control))
    runs = [
        Run(
            path=f"run{number}",
            header=header,
            trials=(
                prepared(case, 0, 1.0 + number),
                prepared(control, 0, 1.0),
                fake_failure(failing, 0) if number else prepared(failing, 0, 1.0),
            ),
        )
        for number in range(2)
    ]
    found = noise_of(runs, ONCE)
    assert [one.case_id for one in found.floors] == [case.id]
    assert [(one.case, one.metric) for one in found.missing] == [(failing, "prepare_time")]
    assert found.missing[0].reason.code is ReasonCode.CASE_NOT_MEASURED


def test_what_one_run_alone_has_says_so():
    weighed_once = [weighed(fake_case(), 0), weighed(fake_case(), 1)]
    last = replace(weighed_once[1], trials=weighed_once[1].trials[:1])
    missing = {one.metric: one.reason for one in noise_of([weighed_once[0], last]).missing}
    assert missing["peak_rss"].code is ReasonCode.NOT_MEASURED


def test_what_is_experienced_has_floors_too():
    found = noise_floors([weighed(fake_case(), number) for number in range(2)])
    assert {"latency_quiet", "latency_p50"} <= {one.metric for one in found}


def test_a_run_that_never_saw_the_machine_quiet_is_held_against_the_level_of_the_others():
    runs = [weighed(fake_case(), number) for number in range(3)]
    slow = QuietLevel(native_ns=1.18 * NATIVE_NS, probe_version=1, anchored=False)
    moved = replace(runs[2], header=replace(runs[2].header, level=slow))
    assert noise_of([*runs[:2], moved]) == noise_of(runs)


def test_a_metric_of_another_scenario_is_not_missed():
    found = noise_of([weighed(fake_case(), number) for number in range(2)])
    assert "throughput_quiet" not in {one.metric for one in found.missing}


def test_one_run_shows_no_difference():
    with pytest.raises(UsageError, match="two or more"):
        noise_floors(runs_of(cases(1), np.zeros((1, 1, 1))), ONCE)


@pytest.mark.parametrize("key", ["versions", "hard_keys"])
def test_runs_of_other_versions_or_machines_are_no_equal_runs(key):
    first, second = runs_of(cases(1), np.zeros((2, 1, 1)))
    environment = replace(second.header.environment, **{key: {"torch": "2.13.0"}})
    other = replace(second, header=replace(second.header, environment=environment))
    with pytest.raises(NotComparable, match=r"torch|cpu_model"):
        noise_floors([first, other], ONCE)
