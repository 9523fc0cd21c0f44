"""Records for programs: objects for JSON and comma-separated lines. Nothing is scaled."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from harness.core.metric import METRICS
from harness.core.reason import Reason
from harness.core.record import Record, Value
from harness.report.order import in_order

_PLAIN_FIELDS: Final = (
    "case_id",
    "options",
    "variant",
    "family",
    "preset",
    "parameter_count",
    "backend",
    "device",
    "precision",
    "batch_size",
    "threads",
    "processes",
    "rate",
    "bound",
    "scenario",
    "replica",
    "status",
    "reason",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A text that starts with one of these is run as a formula by spreadsheets.

Source: OWASP, CSV Injection.
"""


def as_objects(records: Iterable[Record], metrics: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Describe each record in plain values, units of SI without a prefix.

    Args:
        records: In any order.
        metrics: Names of the metrics to give; all where empty.
    """
    names = tuple(metrics) or tuple(METRICS)
    return [_object(record, names) for record in in_order(records)]


def as_json(records: Iterable[Record], metrics: Sequence[str] = ()) -> str:
    """Write `as_objects` as JSON, in ASCII: no name can confuse a terminal."""
    return json.dumps(as_objects(records, metrics), indent=2, allow_nan=False)


def as_csv(records: Iterable[Record], metrics: Sequence[str] = ()) -> str:
    """Write one line a record; a null is an empty cell with its code in the `reason` beside it.

    Args:
        records: In any order.
        metrics: Names of the metrics to give; all where empty.
    """
    names = tuple(metrics) or tuple(METRICS)
    parts = [(name, suffix) for name in names for suffix in ("", "_low", "_high", "_reason")]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*_PLAIN_FIELDS, *(name + suffix for name, suffix in parts)])
    for record in in_order(records):
        plain = _identity(record)
        plain["options"] = " ".join(f"{key}={item}" for key, item in record.case.target.options)
        cells = [plain[field] for field in _PLAIN_FIELDS]
        for name in names:
            value = record.values[name]
            code = str(value.reason.code) if value.reason else None
            cells += [finite(value.value), finite(value.low), finite(value.high), code]
        writer.writerow([cell(item) for item in cells])
    return stream.getvalue()


def _object(record: Record, names: Sequence[str]) -> dict[str, Any]:
    verification = record.verification
    return {
        **_identity(record),
        "metrics": {name: _metric(record.values[name], record.outcome.reason) for name in names},
        "effective": dict(record.effective),
        "verification": verification
        and {"error": finite(verification.error), "tolerance": finite(verification.tolerance)},
        "facts": record.facts.as_record() if record.facts else None,
    }


def _identity(record: Record) -> dict[str, Any]:
    case, target = record.case, record.case.target
    return {
        "case_id": case.id,
        "options": dict(target.options),
        "variant": case.model.variant,
        "family": case.model.family,
        "preset": case.model.preset,
        "parameter_count": record.parameter_count,
        "backend": target.backend,
        "device": target.device,
        "precision": str(target.precision),
        "batch_size": case.batch_size,
        "threads": target.threads,
        "processes": case.processes,
        "rate": case.rate,
        "bound": case.bound,
        "scenario": str(case.scenario),
        "replica": case.replica,
        "status": str(record.outcome.status),
        "reason": str(record.outcome.reason) if record.outcome.reason else None,
    }


def _metric(value: Value, outcome: Reason | None) -> dict[str, Any]:
    """Describe one metric; where the whole case has no numbers, its hint is the metric's."""
    described: dict[str, Any] = {
        "unit": METRICS[value.metric].unit,
        "value": finite(value.value),
        "low": finite(value.low),
        "high": finite(value.high),
        "n_trials": int(value.n_trials),
        "n_samples": int(value.n_samples),
    }
    if value.reason:
        hint = value.reason.hint or (outcome.hint if outcome else "")
        described |= {"reason_code": str(value.reason.code), "detail": value.reason.detail}
        described["hint"] = hint
    if value.note:
        described["note"] = value.note
    return described


def finite(number: float | None) -> float | None:
    """Turn an open end into a null: neither JSON nor a spreadsheet has an infinity."""
    return None if number is None or not math.isfinite(number) else float(number)


def cell(item: object) -> str:
    """Write one cell; text that a spreadsheet would run is preceded by an apostrophe.

    >>> cell("=1+1"), cell(-0.5), cell(None), cell("mlp")
    ("'=1+1", '-0.5', '', 'mlp')
    """
    if item is None:
        return ""
    if isinstance(item, str):
        return f"'{item}" if item.startswith(_FORMULA) else item
    return repr(item)
