"""The answer of a gate as a badge.

Source: shields.io, 'Endpoint Badge': the schema of its JSON.
"""

from __future__ import annotations

import json
from typing import Final

from harness.analyse.gate import Ending, Gate
from harness.report.format import count

_LABEL: Final = "inference cost"
_COLOURS: Final = {
    Ending.FINE: "brightgreen",
    Ending.REGRESSION: "red",
    Ending.INCONCLUSIVE: "yellow",
    Ending.INVALID: "lightgrey",
}


def badge(gate: Gate) -> str:
    """Write the JSON that a shields endpoint serves."""
    described = {
        "schemaVersion": 1,
        "label": _LABEL,
        "message": _message(gate),
        "color": _COLOURS[gate.ending],
        "isError": gate.ending is Ending.INVALID,
    }
    return json.dumps(described, indent=1) + "\n"


def _message(gate: Gate) -> str:
    worse = len(gate.regressions) + len(gate.broken)
    return {
        Ending.FINE: "no regression",
        Ending.REGRESSION: f"{count(worse)} {'regressions' if worse > 1 else 'regression'}",
        Ending.INCONCLUSIVE: "inconclusive",
        Ending.INVALID: "invalid measurement",
    }[gate.ending]
