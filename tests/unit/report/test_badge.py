import json

import pytest

from harness.analyse.gate import Question
from harness.report.badge import badge
from tests.unit.analyse.gates import CASES, MOVED_CONTROL, comparison, gate_of, slower, undecided


@pytest.mark.parametrize(
    ("gate", "message", "colour"),
    [
        (gate_of(comparison()), "no regression", "brightgreen"),
        (gate_of(slower()), "1 regression", "red"),
        (gate_of(slower(), slower(CASES[1])), "2 regressions", "red"),
        (gate_of(undecided(), question=Question(strict=True)), "inconclusive", "yellow"),
        (gate_of(slower(), control=MOVED_CONTROL), "invalid measurement", "lightgrey"),
    ],
)
def test_a_badge_has_the_fields_that_shields_reads(gate, message, colour):
    found = json.loads(badge(gate))
    assert found["schemaVersion"] == 1
    assert found["label"]
    assert (found["message"], found["color"]) == (message, colour)
    assert found["isError"] is (colour == "lightgrey")
