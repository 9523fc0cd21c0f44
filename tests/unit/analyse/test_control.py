"""The control case tells whether differences between cases mean anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.analyse.control import control_check
from harness.analyse.records import records
from harness.core.case import Case, Scenario
from harness.core.record import Record
from harness.store.fake import FakeMachine, fake_case, fake_run

CASE = fake_case(10_000)
OFFLINE = fake_case(10_000, scenario=Scenario.OFFLINE)


def measured(case: Case, latency_ns: int = 1_000_000, rounds: int = 3) -> Record:
    machine = FakeMachine(latency_ns=latency_ns, slow_share=0.0)
    run = fake_run((case,), rounds)
    trials = tuple(machine.trial(case, number) for number in range(rounds))
    (record,) = records(replace(run, trials=trials))
    return record


def control_of(case: Case) -> Case:
    return replace(case, replica=1)


@pytest.mark.parametrize("case", [CASE, OFFLINE])
def test_a_control_case_that_reads_the_same_agrees(case):
    result = control_check([measured(case), measured(control_of(case))])
    assert result.agrees is True
    assert result.ratio == pytest.approx(1, rel=0.01)
    assert "the intervals overlap" in result.sentence
    assert control_of(case).slug in result.sentence


def test_a_control_case_that_moves_is_said_aloud():
    result = control_check([measured(control_of(CASE), 1_500_000), measured(CASE)])
    assert result.agrees is False
    assert result.ratio == pytest.approx(1.5, rel=0.01)
    assert "do NOT overlap" in result.sentence


def test_one_round_proves_nothing():
    result = control_check([measured(CASE, rounds=1), measured(control_of(CASE), rounds=1)])
    assert result.ratio is not None
    assert result.agrees is None
    assert "nothing is proven" in result.sentence


def test_without_a_control_case_that_is_what_is_said():
    assert control_check([measured(CASE)]).sentence == "There is no control case in this run."


def test_a_control_case_without_its_twin_or_a_number_is_not_judged():
    alone = control_check([measured(control_of(CASE))])
    assert alone.agrees is None
    assert "is not in this run" in alone.sentence
    empty = control_check([measured(CASE), measured(control_of(CASE), rounds=0)])
    assert empty.ratio is None
    assert "cannot be held against its twin (case_not_measured" in empty.sentence
