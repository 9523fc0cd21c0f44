"""Comparisons for programs: objects for JSON and comma-separated lines. Nothing is scaled."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any, Final

from harness.core.comparison import Comparison, Ratio
from harness.report.rows import cell, finite

_COLUMNS: Final = (
    "case_id",
    "case",
    "metric",
    "verdict",
    "ratio",
    "low",
    "high",
    "threshold",
    "p_value",
    "p_adjusted",
    "smallest_change",
    "rounds",
    "rounds_needed",
    "reason",
    "note",
)


def as_objects(comparisons: Iterable[Comparison]) -> list[dict[str, Any]]:
    """Describe each comparison in plain values; changes are relative, 0.02 is 2 %."""
    return [_object(one) for one in comparisons]


def as_json(comparisons: Iterable[Comparison]) -> str:
    """Write `as_objects` as JSON, an object a line, in ASCII: no name can confuse a terminal."""
    lines = (json.dumps(found, allow_nan=False) for found in as_objects(comparisons))
    return "[\n" + ",\n".join(lines) + "\n]"


def as_csv(comparisons: Iterable[Comparison]) -> str:
    """Write one line a comparison; what is not known is an empty cell."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for found in as_objects(comparisons):
        ratio = found.pop("ratio") or {}
        flat = {**found, "ratio": ratio.get("value"), **{k: ratio.get(k) for k in ("low", "high")}}
        writer.writerow([cell(flat[column]) for column in _COLUMNS])
    return stream.getvalue()


def _object(one: Comparison) -> dict[str, Any]:
    return {
        "case_id": one.case.id,
        "case": one.case.slug,
        "metric": one.metric,
        "ratio": _ratio(one.ratio),
        "verdict": str(one.verdict),
        "smallest_change": finite(one.smallest_change),
        "rounds_needed": one.rounds_needed,
        "rounds": one.rounds,
        "threshold": finite(one.threshold),
        "p_value": finite(one.p_value),
        "p_adjusted": finite(one.p_adjusted),
        "reason": str(one.reason) if one.reason else None,
        "note": one.note,
    }


def _ratio(ratio: Ratio | None) -> dict[str, float | None] | None:
    if ratio is None:
        return None
    return {"value": finite(ratio.value), "low": finite(ratio.low), "high": finite(ratio.high)}
