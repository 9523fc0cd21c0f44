import json
from dataclasses import replace

import pytest

from harness.analyse.splits import rankings
from harness.core.case import Scenario, Target
from harness.core.run import Run
from harness.core.trial import Member
from harness.report.format import DASH
from harness.report.splits_table import splits_object, splits_table
from harness.report.table import plain
from harness.store.fake import FakeMachine, fake_case, fake_header, fake_memory_trial
from tests.unit.analyse.runs import ANCHORED, known

ROUNDS = range(4)


def offline(processes: int, threads: int, scenario=Scenario.OFFLINE):
    target = Target(backend="onnxruntime", threads=threads)
    return fake_case(10_000, scenario=scenario, target=target, processes=processes)


def taken(case, number: int, latency_ns: int):
    """One trial in which every process takes that long for an iteration, give or take."""
    machine = FakeMachine(latency_ns=latency_ns, slow_share=0.0, slices=40)
    trial = machine.trial(case, number)
    member = Member(timeline=trial.timeline, decision=trial.decision)
    return replace(trial, others=(member,) * (case.processes - 1))


def run_of(latencies) -> Run:
    """Make a run of splits; `latencies` are ns an iteration by (processes, threads)."""
    cases = {split: offline(*split) for split in latencies}
    trials = [
        taken(cases[split], number, latency + 3_000 * number)
        for split, latency in latencies.items()
        for number in ROUNDS
    ]
    header = replace(fake_header(tuple(cases.values())), level=ANCHORED)
    return Run(path="fake.jsonl", header=header, trials=tuple(trials))


def test_splits_are_ranked_by_throughput_with_all_processes_counted():
    (ranking,) = rankings(run_of({(1, 1): 1_000_000, (1, 2): 700_000, (2, 1): 1_050_000}))

    assert [split.case.split for split in ranking.splits] == ["2x1", "1x2", "1x1"]
    best, second, base = ranking.splits
    assert best.of_best.value == pytest.approx(1)
    assert best.speed_up.value == pytest.approx(2 / 1.05, rel=0.02)
    assert best.efficiency.value == pytest.approx(1 / 1.05, rel=0.02)
    assert second.speed_up.value == pytest.approx(1 / 0.7, rel=0.02)
    assert second.efficiency.value == pytest.approx(1)
    assert known(base.of_best.high) < 1
    assert [split.is_tied for split in ranking.splits] == [True, False, False]
    assert ranking.metric == "throughput_quiet"


def test_a_network_with_one_split_has_no_ranking():
    assert rankings(run_of({(2, 1): 1_000_000})) == ()


def test_where_the_base_is_missing_there_is_no_speed_up():
    (ranking,) = rankings(run_of({(1, 2): 700_000, (2, 1): 1_000_000}))
    assert all(split.speed_up is None for split in ranking.splits)
    assert ranking.splits[0].efficiency is None
    assert DASH in plain(splits_table(ranking))


def test_without_a_throughput_splits_are_listed_and_not_ranked():
    cases = [offline(1, 1, Scenario.SINGLE_STREAM), offline(2, 1, Scenario.SINGLE_STREAM)]
    trials = [taken(case, number, 1_000_000) for case in cases for number in ROUNDS]
    weighed = [fake_memory_trial(case) for case in cases]
    weighed[1] = replace(weighed[1], others=(Member(memory=weighed[1].memory),))
    header = replace(fake_header(tuple(cases)), level=ANCHORED)
    run = Run(path="fake.jsonl", header=header, trials=(*trials, *weighed))

    (ranking,) = rankings(run)

    assert ranking.metric == ""
    assert [split.throughput for split in ranking.splits] == [None, None]
    memory = [
        known(split.values[Scenario.SINGLE_STREAM]["peak_rss"].value) for split in ranking.splits
    ]
    assert memory[1] / memory[0] == pytest.approx(2, rel=0.01)
    printed = plain(splits_table(ranking))
    assert "measure them in the scenario offline" in printed
    assert "peak RSS, sum" in printed


def test_the_table_and_the_object_have_every_split():
    (ranking,) = rankings(run_of({(1, 1): 1_000_000, (2, 1): 1_050_000}))
    printed = plain(splits_table(ranking))
    assert "may be best" in printed
    assert "ranked by throughput_quiet" in printed
    described = json.loads(json.dumps(splits_object(ranking), allow_nan=False))
    assert [one["split"] for one in described["splits"]] == ["2x1", "1x1"]
    assert described["splits"][0]["speed_up"]["low"] > 1
    assert described["splits"][0]["may_be_best"]
    assert described["splits"][0]["throughput"]["unit"] == "1/s"
    assert described["splits"][0]["scenarios"]["offline"]["throughput"]["n_trials"] == 4


def test_a_single_round_ranks_without_intervals():
    run = run_of({(1, 1): 1_000_000, (2, 1): 1_050_000})
    first = replace(run, trials=tuple(trial for trial in run.trials if trial.round == 0))
    (ranking,) = rankings(first)
    assert ranking.splits[0].speed_up.low is None
    assert ranking.splits[1].is_tied
    assert ranking.splits[0].speed_up.value == pytest.approx(2 / 1.05, rel=0.02)
    assert "[" not in plain(splits_table(ranking))
