"""What was skipped is counted by reason, and has rows only where they are asked for."""

import pytest

from harness.core.reason import Reason, ReasonCode
from harness.core.trial import Outcome, Status
from harness.report.skipped import skipped_lines
from harness.report.table import markdown, plain, tables


def because(code=ReasonCode.NO_CUDA_DEVICE, detail="none found", hint="use one"):
    reason = Reason(code=code, detail=detail, hint=hint)
    return Outcome(status=Status.SKIPPED, reason=reason)


@pytest.fixture
def many(make_record):
    return [
        make_record(count=10**power, backend=backend, device="cuda:0", outcome=because())
        for power in (5, 6, 7)
        for backend in ("eager", "onnxruntime")
    ]


def test_many_cases_of_one_reason_are_one_line_with_their_number_and_targets(many):
    assert skipped_lines(many) == (
        "skipped: 6 cases (eager cuda:0, onnxruntime cuda:0): no_cuda_device: none found; use one",
    )


def test_a_few_cases_are_named(make_record):
    (line,) = skipped_lines([make_record(outcome=because(hint=""))])
    assert line == "skipped: 1 case (mlp-1e5 eager): no_cuda_device: none found"


def test_each_reason_has_a_line_and_details_that_differ_share_one(make_record):
    outcomes = [because(detail=f"{n} missing") for n in range(5)]
    outcomes.append(because(ReasonCode.WOULD_NOT_FIT, "1 GB", "ask for less"))
    found = [
        make_record(count=10 ** (4 + place), outcome=outcome)
        for place, outcome in enumerate(outcomes)
    ]
    first, second = skipped_lines(found)
    assert "5 cases (eager): no_cuda_device: 0 missing (and 4 more alike); use one" in first
    assert "1 case (mlp-1e9 eager): would_not_fit: 1 GB; ask for less" in second


def test_of_very_many_targets_the_first_are_named(make_record):
    found = [make_record(backend=f"b{n}", outcome=because()) for n in range(9)]
    (line,) = skipped_lines(found)
    assert "(b0, b1, b2, b3, b4, b5 and 3 more)" in line


def test_skipped_cases_have_no_row_and_a_line_below_the_table(many, make_record):
    (table,) = tables([*many, make_record(values={"latency_quiet": 1e-3})])
    assert [row[0] for row in table.rows] == ["mlp-1e5"]
    assert table.title.startswith("single_stream: device cpu, precision fp32")
    assert table.notes[-1] == skipped_lines(many)[0]


def test_with_every_case_asked_for_skipped_ones_have_rows_after_all_others(many, make_record):
    failed = Outcome(status=Status.FAILED, reason=because().reason)
    others = [make_record("vit"), make_record(count=10**9), make_record("lstm", outcome=failed)]
    (table,) = tables([*many, *others], every=True)
    assert [row[-1] for row in table.rows] == [
        "completed", "completed", "failed: no_cuda_device", *["skipped: no_cuda_device"] * 6,
    ]  # fmt: skip
    assert not any(note.startswith("skipped: ") for note in table.notes)


def test_where_all_was_skipped_there_are_no_headings_over_nothing(many):
    (table,) = tables(many)
    assert table.rows == ()
    assert plain(table).splitlines() == [table.title, "", *table.notes]
    assert markdown(table).splitlines() == [
        f"**{table.title}**", "", *(f"- {note}" for note in table.notes),
    ]  # fmt: skip
