from dataclasses import replace

from harness.analyse.records import records
from harness.report.page_of_run import page_of_run
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
