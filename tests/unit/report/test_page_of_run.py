from dataclasses import replace

from harness.analyse.records import records
from harness.core.reason import Reason, ReasonCode
from harness.core.trial import Outcome, Status
from harness.report.page_of_run import page_of_run
from harness.report.table import tables
from harness.store.fake import fake_case, fake_run

RUN = fake_run((fake_case(), fake_case(batch_size=8)))


def test_a_page_says_what_made_the_run_and_shows_every_case() -> None:
    page = page_of_run(RUN, records(RUN))
    assert page.startswith("## ")
    assert "- command: `" in page
    assert "- machine: Made Up 3000" in page
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(rows) >= len(RUN.header.cases)


def test_a_run_without_a_commit_or_an_end_says_what_it_can() -> None:
    environment = replace(RUN.header.environment, source={}, cpu={"model": "A"})
    run = replace(RUN, header=replace(RUN.header, environment=environment), end=None)
    page = page_of_run(run, records(run))
    assert "- commit" not in page
    assert "- machine: A" in page
    assert "- finished: not yet" in page


def test_many_cases_skipped_for_one_reason_share_a_row() -> None:
    reason = Reason(code=ReasonCode.NO_CUDA_DEVICE, detail="none")
    outcome = Outcome(status=Status.SKIPPED, reason=reason)
    one = records(RUN)[0]
    many = [
        replace(one, case=replace(one.case, batch_size=1, nominal=n, replica=n), outcome=outcome)
        for n in range(5)
    ]
    (table,) = tables(many)
    ((case, *rest),) = table.rows
    assert case == "5 cases"
    assert rest[-1] == "skipped: no_cuda_device"
    (few,) = tables(many[:3])
    assert len(few.rows) == 3
