"""Findings as JUnit XML: a test case a comparison, a failure a regression."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree import ElementTree as ET

from harness.analyse.gate import Broken, Ending, Finding, Gate, Standing
from harness.core.case import Case
from harness.report.finding import sentence, sentence_of_broken
from harness.report.format import plain_text

_SUITE: Final = "scalecurve gate"
_LONGEST: Final = 1000


def junit(gate: Gate) -> str:
    """Write the whole gate as one test suite.

    What decides nothing is skipped, or an error where the gate is strict; an invalid measurement
    is an error of its own. Names and sentences hold no character that XML forbids.
    """
    suite = ET.Element("testsuite", name=_SUITE)
    _properties(suite, ((name, text) for name, text in _facts(gate)))
    suite.extend(_of_finding(finding, gate) for finding in gate.findings)
    suite.extend(_of_broken(broken) for broken in gate.broken)
    suite.extend(_of_missing(case, gate) for case in gate.missing)
    suite.append(_of_whole(gate))
    suite.set("tests", str(len(suite.findall("testcase"))))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(suite.findall(f"testcase/{tag}"))))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _of_finding(finding: Finding, gate: Gate) -> ET.Element:
    found = finding.comparison
    test = _test(found.case.slug, found.metric)
    _properties(test, _figures(finding))
    if finding.is_regression:
        _result(test, "failure", sentence(finding), kind=str(found.verdict))
    elif finding.is_gated and finding in gate.undecided:
        tag = "error" if gate.strict else "skipped"
        _result(test, tag, sentence(finding), kind="inconclusive")
    return test


def _figures(finding: Finding) -> Iterator[tuple[str, str]]:
    """Give the figures as they are, neither scaled nor rounded; what is not known is left out."""
    found = finding.comparison
    ratio = found.ratio
    figures = {
        "ratio": ratio and ratio.value,
        "low": ratio and ratio.low,
        "high": ratio and ratio.high,
        "p_adj": found.p_adjusted,
        "smallest_change": found.smallest_change,
        "threshold": found.threshold,
        "rounds": found.rounds,
        "rounds_needed": found.rounds_needed,
    }
    yield "verdict", str(found.verdict)
    yield "gated", "yes" if finding.is_gated else "no"
    if finding.standing <= Standing.CLEARED:
        yield "confirmed", _CONFIRMED[finding.standing]
    yield from ((name, repr(value)) for name, value in figures.items() if value is not None)
    if found.reason:
        yield "reason", str(found.reason)


_CONFIRMED: Final = {
    Standing.CONFIRMED: "yes",
    Standing.UNCONFIRMED: "not measured again",
    Standing.CLEARED: "no",
}


def _of_broken(broken: Broken) -> ET.Element:
    test = _test(broken.case.slug, "runs")
    _result(test, "failure", sentence_of_broken(broken), kind="broken")
    return test


def _of_missing(case: Case, gate: Gate) -> ET.Element:
    test = _test(case.slug, "runs")
    tag = "error" if gate.strict else "skipped"
    _result(test, tag, "in the baseline, and not measured in the candidate", kind="missing")
    return test


def _of_whole(gate: Gate) -> ET.Element:
    """Say whether the measurement as a whole can be believed."""
    test = _test("gate", "measurement")
    if gate.ending is Ending.INVALID:
        _result(test, "error", gate.sentence, kind="invalid")
    if gate.warnings:
        output = ET.SubElement(test, "system-out")
        output.text = "\n".join(plain_text(text, longest=_LONGEST) for text in gate.warnings)
    return test


def _facts(gate: Gate) -> Iterator[tuple[str, str]]:
    yield from gate.facts
    yield "answer", gate.sentence
    yield "exit_code", str(int(gate.ending))


def _test(classname: str, name: str) -> ET.Element:
    return ET.Element(
        "testcase", classname=plain_text(classname, longest=_LONGEST), name=plain_text(name)
    )


def _result(test: ET.Element, tag: str, message: str, *, kind: str) -> None:
    text = plain_text(message, longest=_LONGEST)
    ET.SubElement(test, tag, message=text, type=kind).text = text


def _properties(parent: ET.Element, pairs: Iterable[tuple[str, str]]) -> None:
    found = ET.SubElement(parent, "properties")
    for name, value in pairs:
        ET.SubElement(
            found, "property", name=plain_text(name), value=plain_text(value, longest=_LONGEST)
        )
