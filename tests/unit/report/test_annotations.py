import re
from urllib.parse import unquote

import pytest

from harness.analyse.gate import Broken, Question
from harness.report.annotations import MOST, annotation_lines, disarmed
from harness.store.fake import fake_case
from tests.unit.analyse.gates import (
    CASES,
    comparison,
    gate_of,
    hostile_gate,
    slower,
    undecided,
)

LINE = re.compile(r"::(error|warning) title=([^:,\r\n]+)::([^\r\n]+)")


def parsed(gate):
    """Read annotations as the runner does: a line each, properties and data unescaped."""
    found = [LINE.fullmatch(line) for line in annotation_lines(gate)]
    assert all(found)
    parts = [one.groups() for one in found if one]
    return [(kind, unquote(title), unquote(message)) for kind, title, message in parts]


def test_a_regression_is_an_error_with_its_figures():
    ((kind, title, message),) = parsed(gate_of(slower(rounds=8)))[:1]
    assert (kind, title) == ("error", "Regression")
    assert message.startswith(f"latency_quiet of {CASES[0].slug}: +5.0 % [+4.0, +6.0]")
    assert "8 rounds" in message


def test_what_is_fine_says_nothing():
    assert annotation_lines(gate_of(comparison())) == ()


def test_a_broken_case_is_an_error_and_an_open_one_a_warning():
    question = Question(broken=(Broken(case=CASES[1], reason=None),), warnings=("stale",))
    told = parsed(gate_of(undecided(), question=question))
    assert [(kind, title) for kind, title, _ in told] == [
        ("error", "Broken case"),
        ("warning", "Gate"),
        ("warning", "Inconclusive"),
    ]
    assert told[1][2] == "stale"


def test_an_answer_that_fails_without_a_regression_is_an_error():
    gate = gate_of(undecided(), question=Question(strict=True))
    assert parsed(gate)[0] == ("error", "Gate", gate.sentence)


@pytest.mark.parametrize("make", [slower, undecided])
def test_of_more_than_ten_of_a_kind_the_worst_are_shown_and_the_rest_is_counted(make):
    cases = [fake_case(number) for number in range(100, 4_000, 130)]
    found = [make(case) for case in cases]
    told = [one for one in parsed(gate_of(*found)) if make is undecided or one[0] == "error"]
    assert len(told) == MOST
    assert told[-1][2].startswith(f"and {len(found) - MOST + 1} more")


def test_the_worst_regressions_are_shown():
    found = [slower(fake_case(100 * n), 1 + n / 100) for n in range(3, 40)]
    (first, *_) = parsed(gate_of(*found))
    assert "+39.0 %" in first[2]


def test_ten_of_a_kind_are_all_shown():
    found = [slower(fake_case(100 * n)) for n in range(1, MOST + 1)]
    errors = [message for kind, _, message in parsed(gate_of(*found)) if kind == "error"]
    assert len(errors) == MOST
    assert not any("more" in message for message in errors)


def test_no_text_from_a_file_ends_its_line_or_begins_another_command():
    lines = annotation_lines(hostile_gate())
    assert all(LINE.fullmatch(line) for line in lines)
    assert "%250A" in "".join(lines)


def test_a_quoted_name_is_no_command_of_the_older_kind():
    assert "##[" not in disarmed("a ##[error]b")
    assert disarmed("plain") == "plain"
