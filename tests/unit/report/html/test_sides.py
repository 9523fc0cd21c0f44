"""A page of an A/B run says what its two sides are, and what changed between them."""

from dataclasses import replace

import pytest

from harness.analyse.records import records
from harness.report.html.report import report_page
from harness.report.html.sections.sides import sides
from harness.report.machine_runs import Measured, machines
from tests.unit.analyse.gate_runs import CASES, CONTROL, ab_run, gate_run


def machine_of(*runs):
    (found,) = machines(Measured(run=run, records=records(run)) for run in runs)
    return found


def with_torch(run, version):
    candidate = replace(run.header.environment, versions={"torch": version})
    return replace(run, header=replace(run.header, candidate=candidate))


def test_the_section_names_the_sides_what_differs_and_each_change():
    run = with_torch(ab_run({CASES[1]: 1.10}), "2.9.0")
    (section,) = sides(machine_of(run), 1)
    assert section.question == "What changed between the two sides of aaaa1111.jsonl?"
    assert section.answers[0] == "From base to candidate: 1 slower, 5 equivalent."
    assert section.answers[1].startswith(f"{CASES[1].slug}, latency_quiet: slower, +10.")
    assert any(line.startswith("base: ") for line in section.details)
    assert any(line.startswith("candidate: ") for line in section.details)
    assert "differ in: torch none -> 2.9.0" in section.details
    assert len(section.tables[0].rows) == 6


def test_a_control_that_moved_is_said_first():
    (section,) = sides(machine_of(ab_run({CONTROL: 1.2})), 1)
    assert section.answers[0].startswith("NOT PROVEN")


def test_a_run_of_one_side_has_no_section():
    assert not list(sides(machine_of(gate_run()), 1))


@pytest.mark.parametrize("factors", [None, {CASES[0]: 1.3}])
def test_the_whole_page_of_an_ab_run_is_written(factors):
    page = report_page([machine_of(ab_run(factors))], title="A/B")
    assert "What changed between the two sides of aaaa1111.jsonl?" in page
    assert "All that follows on this page is of the baseline." in page
