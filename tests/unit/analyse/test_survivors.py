from dataclasses import replace

from harness.analyse import survivors
from harness.analyse.compare.settings import Settings
from harness.analyse.reduced import reduced
from harness.analyse.survivors import lost_cases_of_pairs
from harness.core.reason import Reason, ReasonCode
from harness.core.trial import Outcome, Side, Status
from tests.unit.analyse.gate_runs import CASES, CONTROL, ab_run, gate_run, header_of

CRASH = Reason(code=ReasonCode.WORKER_CRASHED, detail="signal 11")


def lost_cases(base, candidate):
    return survivors.lost_cases(*(reduced(run, Settings()) for run in (base, candidate)))


def crashed(run, case, side=Side.BASE):
    outcome = Outcome(status=Status.FAILED, reason=CRASH)
    return replace(
        run,
        trials=tuple(
            replace(trial, outcome=outcome, timeline=None)
            if (trial.case_id, trial.side) == (case.id, side)
            else trial
            for trial in run.trials
        ),
    )


def test_a_case_that_fails_in_the_candidate_alone_is_broken():
    broken, missing = lost_cases(gate_run(), crashed(gate_run(), CASES[1]))
    assert [(one.case, one.reason) for one in broken] == [(CASES[1], CRASH)]
    assert missing == ()


def test_a_case_that_failed_before_is_no_news():
    base = crashed(gate_run(), CASES[1])
    assert lost_cases(base, base) == ((), ())
    assert lost_cases(base, gate_run()) == ((), ())


def test_a_case_that_is_skipped_or_was_not_asked_for_is_missing():
    reason = Reason(code=ReasonCode.BACKEND_NOT_INSTALLED)
    header = header_of()
    header = replace(
        header,
        cases=tuple(case for case in header.cases if case != CASES[2]),
        skipped={CASES[3].id: reason},
    )
    run = gate_run(header)
    trials = tuple(trial for trial in run.trials if trial.case_id != CASES[3].id)
    broken, missing = lost_cases(gate_run(), replace(run, trials=trials))
    assert broken == ()
    assert missing == (CASES[2], CASES[3])


def test_the_control_case_is_no_case_of_its_own():
    assert lost_cases(gate_run(), crashed(gate_run(), CONTROL)) == ((), ())


def test_a_case_that_fails_on_one_side_of_an_ab_run_is_broken():
    broken, missing = lost_cases_of_pairs(crashed(ab_run(), CASES[0], Side.CANDIDATE))
    assert [one.case for one in broken] == [CASES[0]]
    assert missing == ()
    assert lost_cases_of_pairs(crashed(ab_run(), CASES[0])) == ((), ())
