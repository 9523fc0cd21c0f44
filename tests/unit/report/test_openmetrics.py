"""The text is read back by the grammar of OpenMetrics 1.0, written here once more."""

import math
import re
from typing import Any

import pytest

from harness.analyse.records import records
from harness.core.metric import METRICS
from harness.report.openmetrics import openmetrics
from harness.store.fake import fake_case, fake_run
from tests.unit.analyse.gates import (
    CASES,
    comparison,
    gate_of,
    hostile_case,
    hostile_gate,
    slower,
    undecided,
)

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")
META = re.compile(rf"# (TYPE|UNIT|HELP) ({NAME}) (.+)")


def families_of(text):
    """Parse strictly: metadata first and once, samples of a family together, the end at the end."""
    lines = text.split("\n")
    assert lines[-2:] == ["# EOF", ""]
    families: dict[str, dict[str, Any]] = {}
    current = ""
    for line in lines[:-2]:
        meta = META.fullmatch(line)
        if meta:
            kind, name, value = meta.groups()
            if name != current:
                assert name not in families, "a family in two places"
                families[name] = {"samples": {}}
                current = name
            assert kind not in families[name]
            assert not families[name]["samples"], "metadata after samples"
            families[name][kind] = value
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            assert sample[1] == current
            assert sample[2] not in families[current]["samples"], "a sample twice"
            families[current]["samples"][sample[2]] = float(sample[3])
    for name, family in families.items():
        assert family["TYPE"] == "gauge"
        assert family["HELP"]
        if "UNIT" in family:
            assert name.endswith(f"_{family['UNIT']}")
    return families


def test_the_answer_and_what_was_found_are_counted():
    found = families_of(openmetrics(gate_of(slower(), undecided(CASES[1]), comparison(CASES[2]))))
    assert found["scalecurve_gate_exit_code"]["samples"] == {None: 1.0}
    counts = found["scalecurve_gate_findings"]["samples"]
    assert counts['standing="slower, unconfirmed"'] == 1
    assert counts['standing="inconclusive"'] == 1
    assert sum(counts.values()) == 3


def test_a_ratio_and_its_interval_are_families_of_their_own():
    found = families_of(openmetrics(gate_of(slower())))
    values = [
        list(found[f"scalecurve_gate_{name}_ratio"]["samples"].values())
        for name in ("change", "change_low", "change_high", "smallest_change")
    ]
    assert values == [[1.05], [1.04], [1.06], [0.014]]


def test_what_is_not_known_has_no_sample():
    found = families_of(openmetrics(gate_of(comparison(ratio=None, smallest_change=math.nan))))
    assert found["scalecurve_gate_change_ratio"]["samples"] == {}
    assert found["scalecurve_gate_smallest_change_ratio"]["samples"] == {}


@pytest.mark.parametrize("metric", [one for one in METRICS.values() if "energy" not in one.name])
def test_each_cost_of_the_candidate_is_named_after_its_unit(metric):
    told = records(fake_run((fake_case(),)))
    value = told[0].values[metric.name].value
    found = families_of(openmetrics(gate_of(comparison()), told))
    named = [name for name in found if metric.name.removesuffix("_bytes") in name]
    if value is None:
        assert not [name for name in named if "gate" not in name]
    else:
        assert any(value in found[name]["samples"].values() for name in named)


def test_a_latency_is_in_seconds_and_memory_in_bytes():
    found = families_of(openmetrics(gate_of(comparison()), records(fake_run((fake_case(),)))))
    assert found["scalecurve_latency_quiet_seconds"]["UNIT"] == "seconds"
    assert found["scalecurve_artifact_bytes"]["UNIT"] == "bytes"


def test_text_from_files_stays_a_label():
    told = records(fake_run((hostile_case(),)))
    found = families_of(openmetrics(hostile_gate(), told))
    (labels,) = found["scalecurve_latency_quiet_seconds"]["samples"]
    assert labels.startswith('case="a|b`c` <script>')


def test_infinities_are_written_as_openmetrics_has_them():
    text = openmetrics(gate_of(slower(smallest_change=math.inf)))
    assert " +Inf\n" in text
