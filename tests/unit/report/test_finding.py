import json

from harness.analyse.gate import Broken, Confirmation, Question
from harness.core.reason import Reason, ReasonCode
from harness.report.finding import HEADINGS, finding_table, sentence, sentence_of_broken
from harness.report.gate_data import as_json
from harness.report.table import plain
from tests.unit.analyse.gates import (
    CASES,
    comparison,
    gate_of,
    hostile_gate,
    slower,
    undecided,
)

CLEARED = Confirmation(fresh={(CASES[0].id, "latency_quiet"): comparison()})


def cell(gate, heading, row=0):
    return finding_table(gate).rows[row][HEADINGS.index(heading)]


def test_a_row_has_the_change_its_interval_and_what_would_have_been_seen():
    gate = gate_of(undecided())
    assert cell(gate, "change") == "+1.0 % [+0.0, +2.0]"
    assert cell(gate, "would have seen") == "+1.4 %"
    assert (cell(gate, "rounds"), cell(gate, "rounds needed")) == ("5", "12")


def test_a_verdict_of_a_metric_that_is_only_watched_stands_in_brackets():
    gate = gate_of(comparison(), slower(metric="prepare_time"))
    assert cell(gate, "verdict", 1) == "(slower, unconfirmed)"


def test_what_raised_a_flag_is_said_beside_what_fresh_rounds_said():
    gate = gate_of(slower(), confirmation=CLEARED)
    assert cell(gate, "verdict") == "cleared"
    assert cell(gate, "note") == "first +5.0 %"
    assert "did not confirm" in sentence(gate.findings[0])


def test_a_comparison_without_a_number_has_its_reason():
    gate = gate_of(comparison(ratio=None, p_adjusted=None, smallest_change=None))
    assert cell(gate, "note") == "machine_unquiet"
    assert sentence(gate.findings[0]) == f"latency_quiet of {CASES[0].slug}: machine_unquiet"


def test_a_case_that_no_longer_runs_has_a_row_and_a_sentence():
    crashed = Broken(case=CASES[1], reason=Reason(code=ReasonCode.WORKER_CRASHED, detail="signal"))
    gate = gate_of(comparison(), question=Question(broken=(crashed,)))
    assert cell(gate, "verdict", 1) == "broken"
    assert sentence_of_broken(crashed).endswith("no longer runs: worker_crashed: signal")
    assert "no reason" in sentence_of_broken(Broken(case=CASES[1], reason=None))


def test_no_line_of_the_table_begins_with_text_from_a_file():
    for line in plain(finding_table(hostile_gate())).splitlines():
        assert not line.lstrip().startswith(("::", "a|b", "\x1b"))


def test_json_has_the_answer_and_every_finding():
    found = json.loads(as_json(gate_of(slower(), comparison(CASES[1]), confirmation=CLEARED)))
    assert (found["exit_code"], found["ending"]) == (0, "fine")
    first, second = found["findings"]
    assert first["standing"] == "cleared"
    assert first["first"]["verdict"] == "slower"
    assert second["first"] is None
    assert second["ratio"] == {"value": 1.0, "low": 0.99, "high": 1.01}


def test_json_is_ascii_whatever_the_names():
    found = as_json(hostile_gate())
    assert found.isascii()
    assert json.loads(found)["broken"][0]["reason"].startswith("worker_crashed")
