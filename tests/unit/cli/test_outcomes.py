"""What is said of cases without numbers, and when a command ends with 4."""

import pytest
import typer

from harness.cli.outcomes import require_any, warn_failed
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Record
from harness.core.trial import Outcome, Status
from harness.store.fake import fake_case

DONE = Outcome(status=Status.COMPLETED)


def ended(status, code):
    return Outcome(status=status, reason=Reason(code=code, detail="so it was"))


CRASHED = ended(Status.FAILED, ReasonCode.WORKER_CRASHED)
DIFFER = ended(Status.FAILED, ReasonCode.OUTPUTS_DIFFER)
NO_GPU = ended(Status.SKIPPED, ReasonCode.NO_CUDA_DEVICE)


def records(*outcomes):
    return [
        Record(
            case=fake_case(size * 10_000),
            parameter_count=size * 10_000,
            outcome=outcome,
            values={},
            effective={},
            verification=None,
        )
        for size, outcome in enumerate(outcomes, start=1)
    ]


def test_one_case_that_was_measured_is_enough(capsys):
    require_any(records(NO_GPU, DONE, CRASHED))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ((NO_GPU, NO_GPU), "nothing was measured: skipped for 2 no_cuda_device\n"),
        ((CRASHED,), "nothing was measured\n"),
        ((), "nothing was measured\n"),
    ],
)
def test_where_nothing_was_measured_the_command_ends_with_4(capsys, outcomes, said):
    with pytest.raises(typer.Exit) as ended:
        require_any(records(*outcomes))
    assert ended.value.exit_code == 4
    assert capsys.readouterr().err == said


def test_failed_cases_are_counted_by_reason_the_commonest_first(capsys):
    warn_failed(records(DIFFER, CRASHED, DONE, CRASHED, NO_GPU))
    expected = "3 of 5 cases failed: 2 worker_crashed, 1 outputs_differ\n"
    assert capsys.readouterr().err == expected


def test_where_nothing_failed_nothing_is_said(capsys):
    warn_failed(records(DONE, NO_GPU))
    assert capsys.readouterr().err == ""
