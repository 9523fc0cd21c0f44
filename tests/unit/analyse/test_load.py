from dataclasses import replace

import numpy as np
import pytest

from harness.analyse.load import lateness_ns
from harness.core.case import Scenario
from harness.core.load import Load, Step, Waits
from harness.core.reason import ReasonCode
from harness.core.trial import Timeline
from harness.store.fake import FakeMachine, fake_case
from tests.unit.analyse.runs import code, known, values_of

CASE = fake_case(10_000, scenario=Scenario.SERVER)
COUNT = 2_000


def step(rate: float, *, holds: bool = True, proven: bool = True) -> Step:
    return Step(
        rate=rate,
        seed=1,
        queries=COUNT,
        late=0,
        independent=500.0,
        low_ns=1.0,
        high_ns=2.0,
        holds=holds,
        proven=proven,
    )


def load(number: int, *steps: Step, count: int = COUNT) -> Load:
    rng = np.random.default_rng(number)
    return Load(
        rate=steps[-1].rate if steps else 300.0,
        seed=1,
        bound_ns=5_000_000,
        service_ns=1_000_000,
        due_ns=tuple(range(0, 10_000_000 * count, 10_000_000)),
        waited_ns=tuple(rng.integers(0, 2_000, count).tolist()),
        served_ns=(1_000_000,) * count,
        process=(0,) * count,
        waits=Waits(margin_ns=50_000, asleep_ns=1, spun_ns=1),
        steps=steps,
    )


def trials(*loads: Load, case=CASE):
    plain = [FakeMachine().trial(case, number) for number in range(len(loads))]
    return [
        replace(trial, load=one, timeline=Timeline(), decision=None)
        for trial, one in zip(plain, loads, strict=True)
    ]


def test_the_highest_rate_is_the_geometric_mean_of_the_trials():
    values = values_of(
        *trials(load(0, step(100.0)), load(1, step(200.0)), load(2, step(400.0))), case=CASE
    )
    assert values["rate_max"].value == pytest.approx(200.0)
    assert known(values["rate_max"].low) < 200 < known(values["rate_max"].high)
    assert values["rate_max"].note == ""


def test_a_rate_that_was_not_proven_is_noted():
    values = values_of(*trials(load(0, step(100.0)), load(1, step(90.0, proven=False))), case=CASE)
    assert values["rate_max"].note == "the bound lies within the interval of p99 in 1 of 2 trials"


def test_latency_counts_from_the_intended_arrival():
    queued = replace(load(0), waited_ns=(3_000_000,) * COUNT)
    values = values_of(*trials(queued), case=CASE)
    assert values["latency_p50"].value == pytest.approx(4e-3)
    assert values["latency_p99"].value == pytest.approx(4e-3)
    assert values["wait_p99"].value == pytest.approx(3e-3)


def test_a_rate_that_does_not_hold_is_null_with_the_lowest_that_was_tried():
    values = values_of(
        *trials(load(0, step(100.0)), load(1, step(80.0, holds=False), step(90.0, holds=False))),
        case=CASE,
    )
    assert code(values["rate_max"]) is ReasonCode.BOUND_NOT_HELD
    assert "lowest rate that was tried is 80/s" in values["rate_max"].reason.detail


def test_where_the_rate_was_given_there_is_no_highest():
    given = replace(CASE, rate=300.0)
    values = values_of(*trials(load(0), case=given), case=given)
    assert code(values["rate_max"]) is ReasonCode.NOT_MEASURED
    assert values["latency_p50"].value is not None


def test_a_trial_without_queries_has_no_values():
    bare = [replace(trial, load=None) for trial in trials(load(0))]
    values = values_of(*bare, case=CASE)
    assert code(values["rate_max"]) is ReasonCode.NOT_MEASURED
    assert code(values["latency_p99"]) is ReasonCode.TOO_FEW_SAMPLES
    assert code(values["wait_p99"]) is ReasonCode.TOO_FEW_SAMPLES


def test_too_few_queries_have_no_tail():
    values = values_of(*trials(load(0, count=100)), case=CASE)
    assert code(values["wait_p99"]) is ReasonCode.TOO_FEW_SAMPLES
    assert "needs 368 queries a trial (has 100)" in values["wait_p99"].reason.detail


def test_only_queries_that_met_an_idle_process_tell_how_late_the_generator_is():
    mixed = replace(
        load(0, count=4),
        due_ns=(0, 10, 20, 5_000_000),
        waited_ns=(0, 999_990, 1_999_980, 70),
        process=(0, 0, 0, 0),
    )
    assert lateness_ns(mixed).tolist() == [70]
    apart = replace(mixed, process=(0, 1, 0, 1), waited_ns=(0, 5, 999_980, 30))
    assert sorted(lateness_ns(apart).tolist()) == [30]


def test_metrics_of_other_scenarios_are_not_in_this_one():
    values = values_of(*trials(load(0)), case=CASE)
    for metric in ("throughput", "latency_quiet", "peak_rss", "energy_per_item", "quiet_share"):
        assert code(values[metric]) is ReasonCode.NOT_IN_SCENARIO
    single = values_of(FakeMachine().trial(fake_case()), case=fake_case())
    assert code(single["rate_max"]) is ReasonCode.NOT_IN_SCENARIO
