from __future__ import annotations

import csv
import io
import json

import pytest

from harness.analyse.compare.compared import Compared, Control
from harness.analyse.compare.settings import Settings
from harness.core.comparison import Comparison, Ratio, Verdict
from harness.core.reason import Reason, ReasonCode
from harness.report.format import DASH
from harness.report.table import markdown, plain
from harness.report.verdicts import HEADINGS, remarks, rows, tally, verdict_tables, word
from harness.report.verdicts_data import as_csv, as_json, as_objects
from harness.store.fake import fake_case

QUIET = Reason(code=ReasonCode.MACHINE_UNQUIET, detail="candidate: 2 of 20", hint="more time")


def comparison(verdict: Verdict, value: float | None = 1.0, **changes: object) -> Comparison:
    fields: dict[str, object] = {
        "case": fake_case(),
        "metric": "latency_quiet",
        "verdict": verdict,
        "ratio": None if value is None else Ratio(value=value, low=value - 0.01, high=value + 0.02),
        "threshold": 0.02,
        "rounds": 5,
    }
    return Comparison(**{**fields, **changes})  # type: ignore[arg-type]


SLOWER = comparison(Verdict.SLOWER, 1.05, p_value=0.0001, p_adjusted=0.003, smallest_change=0.034)
OPEN = comparison(Verdict.INCONCLUSIVE, 1.01, case=fake_case(200), rounds_needed=17)
MISSING = [
    comparison(Verdict.INCONCLUSIVE, None, case=fake_case(params), reason=QUIET, rounds=0)
    for params in (300, 400)
]
EQUAL = comparison(Verdict.EQUIVALENT, 1.0, case=fake_case(500))
PREPARE = comparison(Verdict.SLOWER, 1.4, metric="prepare_time")
LARGER = comparison(Verdict.SLOWER, 1.4, metric="peak_rss")


def compared(*found: Comparison, **changes: object) -> Compared:
    fields: dict[str, object] = {
        "comparisons": found,
        "prior": "latency_quiet: shared.",
        "control": Control(proven=True, sentence="it agrees."),
        "settings": Settings(),
    }
    return Compared(**{**fields, **changes})  # type: ignore[arg-type]


def test_the_worst_stands_first_and_what_is_unknown_last():
    found = rows([*MISSING, OPEN, EQUAL, SLOWER])
    assert [row[2] for row in found] == ["slower", "equivalent", "inconclusive", "inconclusive"]


def test_a_row_says_how_much_how_sure_and_what_would_have_been_seen():
    (row,) = rows([SLOWER])
    said = dict(zip(HEADINGS, row, strict=True))
    assert said["change"] == "+5.0 % [+4.0, +7.0]"
    assert said["matters from"] == "+2.0 %"
    assert said["p, adjusted"] == "0.003"
    assert said["would have seen"] == "+3.4 %"
    assert said["rounds needed"] == DASH


def test_an_open_question_says_how_many_rounds_would_answer_it():
    (row,) = rows([OPEN])
    assert row[-2:] == ("5", "17")
    assert row[5] == DASH


def test_cases_without_a_value_for_one_reason_share_a_row():
    (row,) = rows(MISSING)
    assert row[0] == "2 cases"
    assert row[3] == f"{DASH} machine_unquiet"


def test_bytes_grow_and_times_slow_down():
    assert word(LARGER) == "slower (larger)"
    assert word(comparison(Verdict.FASTER, 0.5, metric="peak_rss")) == "faster (smaller)"
    assert word(comparison(Verdict.FASTER, 0.5, metric="energy_per_item")) == "faster (less)"
    assert word(PREPARE) == "slower"
    assert word(comparison(Verdict.EQUIVALENT, metric="peak_rss")) == "equivalent"


def test_verdicts_are_counted_and_nothing_is_said_of_none():
    assert tally([SLOWER, OPEN, *MISSING]) == "1 slower, 3 inconclusive"
    assert tally([]) == "nothing"


def test_gated_metrics_have_a_table_and_watched_ones_where_they_changed():
    gated, watched = verdict_tables(compared(SLOWER, PREPARE, EQUAL))
    assert gated.title == "gated: 1 slower, 1 equivalent"
    assert watched.title == "watched, changed: 1 slower"
    assert [row[1] for row in watched.rows] == ["prepare_time"]
    still = comparison(Verdict.EQUIVALENT, metric="prepare_time")
    assert len(verdict_tables(compared(SLOWER, still))) == 1


def test_reasons_and_notes_stand_once_under_the_table():
    noted = comparison(Verdict.EQUIVALENT, note="not steady in 1 of 5 trials")
    (table,) = verdict_tables(compared(*MISSING, noted))
    assert table.notes == (
        "machine_unquiet: candidate: 2 of 20; more time",
        "1 of them: not steady in 1 of 5 trials",
    )
    assert "machine_unquiet" in plain(table)
    assert "machine_unquiet" in markdown(table)


def test_remarks_name_the_control_the_spread_and_everything_that_was_allowed_or_left_out():
    found = remarks(
        compared(
            PREPARE,
            differing={"cpu_model": ("A", "B")},
            only_base=(fake_case(),),
            only_candidate=(fake_case(), fake_case(200)),
            notes=("No floor.",),
        )
    )
    assert found == (
        "control: it agrees.",
        "spread: latency_quiet: shared.",
        "watched: prepare_time: 1 slower",
        "across cpu_model: A | B",
        "1 case is only in the baseline.",
        "2 cases are only in the candidate.",
        "No floor.",
    )


def test_remarks_are_short_where_there_is_little_to_say():
    assert remarks(compared(prior="")) == ("control: it agrees.",)


def test_a_hostile_sentence_can_do_no_more_than_be_read():
    (line,) = remarks(compared(prior="", control=Control(proven=None, sentence="a\x1b[31mb")))
    assert "\x1b" not in line


def test_an_object_has_what_programs_need():
    (found,) = as_objects([SLOWER])
    assert found["case"] == SLOWER.case.slug
    assert found["case_id"] == SLOWER.case.id
    assert found["verdict"] == "slower"
    assert found["ratio"] == {"value": 1.05, "low": pytest.approx(1.04), "high": 1.07}
    assert found["smallest_change"] == 0.034
    assert found["rounds_needed"] is None


def test_json_keeps_the_four_words_and_has_nulls_for_what_is_not_known():
    found = json.loads(as_json([LARGER, MISSING[0]]))
    assert [one["verdict"] for one in found] == ["slower", "inconclusive"]
    assert found[1]["ratio"] is None
    assert found[1]["reason"] == "machine_unquiet: candidate: 2 of 20"
    assert found[1]["p_value"] is None


def test_comma_separated_values_have_one_line_a_comparison_and_empty_cells():
    found = list(csv.DictReader(io.StringIO(as_csv([SLOWER, MISSING[0]]))))
    assert [line["ratio"] for line in found] == ["1.05", ""]
    assert found[0]["low"].startswith("1.04")
    assert found[1]["reason"].startswith("machine_unquiet")
