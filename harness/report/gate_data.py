"""The answer of a gate for programs. Nothing is scaled."""

from __future__ import annotations

import json
from typing import Any

from harness.analyse.gate import Finding, Gate
from harness.report.verdicts_data import as_objects


def as_json(gate: Gate) -> str:
    """Write the answer as one object, in ASCII: no name can confuse a terminal."""
    return json.dumps(as_object(gate), indent=2, allow_nan=False)


def as_object(gate: Gate) -> dict[str, Any]:
    """Describe the answer in plain values; findings have the keys of `compare --json`, and more."""
    return {
        "exit_code": int(gate.ending),
        "ending": gate.ending.name.lower(),
        "sentence": gate.sentence,
        "warnings": list(gate.warnings),
        "facts": [{"name": name, "text": text} for name, text in gate.facts],
        "broken": [
            {"case_id": one.case.id, "case": one.case.slug, "reason": str(one.reason)}
            for one in gate.broken
        ],
        "missing": [{"case_id": case.id, "case": case.slug} for case in gate.missing],
        "findings": [_finding(one) for one in gate.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    (described,) = as_objects([finding.comparison])
    first = as_objects([finding.first]) if finding.first else []
    return {
        **described,
        "standing": finding.standing.name.lower(),
        "gated": finding.is_gated,
        "first": first[0] if first else None,
    }
