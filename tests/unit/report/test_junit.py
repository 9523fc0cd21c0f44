from xml.etree import ElementTree as ET

import pytest

from harness.analyse.gate import Broken, Confirmation, Question
from harness.report.junit import junit
from tests.unit.analyse.gates import (
    CASES,
    HOSTILE,
    MOVED_CONTROL,
    comparison,
    gate_of,
    hostile_gate,
    slower,
    undecided,
)


def suite_of(gate):
    root = ET.fromstring(junit(gate))  # noqa: S314 - our own
    assert root.tag == "testsuites"
    return root.find("testsuite")


def results(gate):
    """Give the result of each test case, by what it is about."""
    return {
        (test.get("classname"), test.get("name")): [
            child.tag for child in test if child.tag not in {"properties", "system-out"}
        ]
        for test in suite_of(gate).findall("testcase")
    }


def test_a_regression_is_one_failure_and_everything_else_passes():
    gate = gate_of(slower(), comparison(CASES[1]), slower(metric="prepare_time"))
    assert results(gate) == {
        (CASES[0].slug, "latency_quiet"): ["failure"],
        (CASES[1].slug, "latency_quiet"): [],
        (CASES[0].slug, "prepare_time"): [],
        ("gate", "measurement"): [],
    }
    suite = suite_of(gate)
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["4", "1", "0", "0"]


def test_a_failure_says_in_one_line_what_was_found():
    (failure,) = suite_of(gate_of(slower())).iter("failure")
    assert "+5.0 % [+4.0, +6.0]" in failure.get("message")
    assert failure.get("type") == "slower"


def test_each_comparison_has_its_figures_neither_scaled_nor_rounded():
    test = suite_of(gate_of(undecided())).find("testcase")
    figures = {one.get("name"): one.get("value") for one in test.iter("property")}
    assert figures == {
        "verdict": "inconclusive",
        "gated": "yes",
        "ratio": "1.01",
        "low": "1.0",
        "high": "1.02",
        "p_adj": "0.003",
        "smallest_change": "0.014",
        "threshold": "0.02",
        "rounds": "5",
        "rounds_needed": "12",
    }


def test_a_figure_that_is_not_known_is_left_out_and_has_its_reason():
    test = suite_of(gate_of(comparison(ratio=None, smallest_change=None))).find("testcase")
    names = {one.get("name"): one.get("value") for one in test.iter("property")}
    assert not {"ratio", "low", "high", "smallest_change"} & set(names)
    assert names["reason"] == "machine_unquiet"


@pytest.mark.parametrize(
    ("confirmation", "said"),
    [
        (Confirmation(), "not measured again"),
        (Confirmation(fresh={(CASES[0].id, "latency_quiet"): slower()}), "yes"),
        (Confirmation(fresh={(CASES[0].id, "latency_quiet"): comparison()}), "no"),
    ],
)
def test_whether_fresh_rounds_confirm_a_flag_is_a_property(confirmation, said):
    test = suite_of(gate_of(slower(), confirmation=confirmation)).find("testcase")
    assert {one.get("name"): one.get("value") for one in test.iter("property")}["confirmed"] == said


def test_what_is_not_decided_is_skipped_or_an_error_of_a_strict_gate():
    for strict, tag in ((False, "skipped"), (True, "error")):
        question = Question(missing=(CASES[1],), strict=strict)
        found = results(gate_of(undecided(), question=question))
        assert found[CASES[0].slug, "latency_quiet"] == [tag]
        assert found[CASES[1].slug, "runs"] == [tag]


def test_a_case_that_no_longer_runs_is_a_failure():
    question = Question(broken=(Broken(case=CASES[1], reason=None),))
    assert results(gate_of(comparison(), question=question))[CASES[1].slug, "runs"] == ["failure"]


def test_an_invalid_measurement_is_an_error_of_its_own():
    found = results(gate_of(comparison(), control=MOVED_CONTROL))
    assert found["gate", "measurement"] == ["error"]


def test_warnings_and_facts_are_in_the_report():
    question = Question(warnings=("stale baseline",), facts=(("baseline", "a.jsonl"),))
    suite = suite_of(gate_of(comparison(), question=question))
    assert suite.findtext("testcase/system-out") == "stale baseline"
    facts = {one.get("name"): one.get("value") for one in suite.findall("properties/property")}
    assert facts["baseline"] == "a.jsonl"
    assert facts["exit_code"] == "0"


def test_text_from_files_stays_text_and_has_no_character_that_xml_forbids():
    written = junit(hostile_gate())
    assert "\x00" not in written
    assert "\x1b" not in written
    suite = suite_of(hostile_gate())
    assert {child.tag for child in suite.iter()} == {
        "testsuite", "testcase", "properties", "property", "failure", "error", "system-out",
    }  # fmt: skip
    assert HOSTILE[:34] in suite.find("testcase").get("classname")
