from dataclasses import replace

import pytest

from harness.analyse.compare.compared import Control
from harness.analyse.gate import (
    Broken,
    Confirmation,
    Ending,
    Question,
    Standing,
    cost_change,
    flagged,
)
from harness.core.comparison import Ratio, Verdict
from tests.unit.analyse.gates import (
    CASES,
    MOVED_CONTROL,
    compared,
    comparison,
    gate_of,
    slower,
    undecided,
)

MOVED = MOVED_CONTROL
UNTOLD = Control(proven=None, sentence="There is no control case in this run.")
STRICT = Question(strict=True)


def confirmed_by(*fresh):
    return Confirmation(fresh={(one.case.id, one.metric): one for one in fresh}, path="fresh.jsonl")


def test_equivalent_and_faster_cases_pass():
    gate = gate_of(comparison(), comparison(CASES[1], Verdict.FASTER, 0.9))
    assert gate.ending is Ending.FINE
    assert gate.sentence == "no regression in 2 comparisons"


def test_a_regression_that_fresh_rounds_show_again_fails():
    gate = gate_of(slower(), comparison(CASES[1]), confirmation=confirmed_by(slower(ratio=1.06)))
    assert gate.ending is Ending.REGRESSION
    (found,) = gate.regressions
    assert found.standing is Standing.CONFIRMED
    assert found.comparison.ratio.value == 1.06
    assert found.first.ratio.value == 1.05


@pytest.mark.parametrize("verdict", [Verdict.EQUIVALENT, Verdict.FASTER, Verdict.INCONCLUSIVE])
def test_an_alarm_that_fresh_rounds_do_not_show_is_cleared(verdict):
    gate = gate_of(slower(), confirmation=confirmed_by(comparison(verdict=verdict)))
    assert gate.ending is Ending.FINE
    assert [one.standing for one in gate.findings] == [Standing.CLEARED]
    assert gate.regressions == ()


def test_an_alarm_that_could_not_be_measured_again_fails_and_says_so():
    gate = gate_of(slower(), confirmation=Confirmation(obstacle="another machine"))
    assert gate.ending is Ending.REGRESSION
    assert gate.sentence == "1 unconfirmed regression"
    assert gate.warnings == ("1 regression not confirmed by fresh rounds: another machine",)


def test_an_alarm_of_which_fresh_rounds_gave_no_value_stays_one():
    other = comparison(CASES[1])
    gate = gate_of(slower(), slower(CASES[1]), confirmation=confirmed_by(other))
    assert [one.standing for one in gate.findings] == [Standing.UNCONFIRMED, Standing.CLEARED]
    assert "their fresh rounds gave no value" in gate.warnings[0]


def test_a_case_that_no_longer_runs_fails():
    question = Question(broken=(Broken(case=CASES[1], reason=None),))
    gate = gate_of(comparison(), question=question)
    assert gate.ending is Ending.REGRESSION
    assert gate.sentence == "1 case that no longer runs"


def test_a_control_that_moved_makes_everything_invalid():
    gate = gate_of(slower(), control=MOVED)
    assert gate.ending is Ending.INVALID
    assert gate.sentence == "invalid measurement: the control MOVED."


def test_a_control_that_moved_in_the_fresh_rounds_makes_everything_invalid():
    confirmation = replace(confirmed_by(slower()), moved="the control MOVED.")
    gate = gate_of(slower(), confirmation=confirmation)
    assert gate.ending is Ending.INVALID
    assert "in the fresh rounds" in gate.sentence


def test_a_run_in_which_nothing_could_be_compared_is_invalid():
    unknown = comparison(verdict=Verdict.INCONCLUSIVE, ratio=None)
    watched = comparison(metric="prepare_time")
    for gate in (gate_of(unknown), gate_of(unknown, watched), gate_of()):
        assert gate.ending is Ending.INVALID
    assert gate_of(unknown, watched).sentence.endswith("could be compared (1 machine_unquiet)")
    assert "--experienced" in gate_of(watched).sentence
    assert gate_of(replace(unknown, reason=None)).sentence.endswith("could be compared")


def test_what_is_not_decided_passes_and_fails_only_a_strict_gate():
    lenient = gate_of(undecided(), comparison(CASES[1]))
    assert lenient.ending is Ending.FINE
    assert lenient.sentence == "no regression in 2 comparisons (1 undecided)"
    strict = gate_of(undecided(), comparison(CASES[1]), question=STRICT)
    assert strict.ending is Ending.INCONCLUSIVE
    assert strict.sentence == "inconclusive: 1 undecided"


def test_cases_that_were_not_measured_fail_only_a_strict_gate():
    lenient = gate_of(comparison(), question=Question(missing=(CASES[1],)))
    assert lenient.ending is Ending.FINE
    assert "1 not measured" in lenient.sentence
    strict = gate_of(comparison(), question=Question(missing=(CASES[1],), strict=True))
    assert strict.ending is Ending.INCONCLUSIVE


def test_a_run_that_no_control_proves_is_said_and_fails_a_strict_gate():
    lenient = gate_of(comparison(), control=UNTOLD)
    assert lenient.ending is Ending.FINE
    assert lenient.warnings == ("not proven: There is no control case in this run.",)
    assert gate_of(comparison(), control=UNTOLD, question=STRICT).ending is Ending.INCONCLUSIVE


def test_a_regression_outweighs_what_is_not_decided():
    assert gate_of(undecided(), slower(CASES[1]), question=STRICT).ending is Ending.REGRESSION


def test_a_metric_that_is_only_watched_never_fails_a_gate():
    gate = gate_of(comparison(), slower(metric="prepare_time"))
    assert gate.ending is Ending.FINE
    assert gate.regressions == ()
    assert flagged(compared(comparison(), slower(metric="prepare_time"))) == ()
    assert [one.comparison.metric for one in gate.telling] == ["latency_quiet", "prepare_time"]


def test_a_watched_metric_that_did_not_change_is_not_for_people():
    gate = gate_of(comparison(), comparison(metric="prepare_time"))
    assert len(gate.findings) == 2
    assert [one.comparison.metric for one in gate.telling] == ["latency_quiet"]


def test_findings_stand_with_the_worst_first():
    gate = gate_of(
        comparison(CASES[0]),
        undecided(CASES[1]),
        slower(CASES[2], 1.05),
        slower(CASES[3], 1.30),
        slower(metric="prepare_time", ratio=9.0),
    )
    told = [(one.comparison.case, one.comparison.metric) for one in gate.findings]
    assert [case for case, _ in told] == [CASES[3], CASES[2], CASES[1], CASES[0], CASES[0]]
    assert told[-1][1] == "prepare_time"


def test_less_throughput_costs_more():
    halved = slower(ratio=0.5, metric="throughput_quiet")
    assert cost_change(halved) > cost_change(slower(ratio=1.9)) > 0
    assert cost_change(comparison(ratio=None)) == 0
    assert cost_change(replace(halved, ratio=Ratio(value=0.0, low=None, high=None))) == 0
