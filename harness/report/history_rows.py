"""Histories for programs: objects for JSON. Nothing is scaled or rounded."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from harness.analyse.history.series import FEWEST, Change, History, Point


def history_objects(histories: Iterable[History]) -> list[dict[str, Any]]:
    """Describe each series with its changes, in SI units without a prefix."""
    return [_object(history) for history in histories]


def history_json(histories: Iterable[History]) -> str:
    """Write `history_objects` as JSON, in ASCII: no name can confuse a terminal."""
    return json.dumps(history_objects(histories), indent=2, allow_nan=False)


def _object(history: History) -> dict[str, Any]:
    series = history.series
    points = series.points
    return {
        "case": series.case,
        "case_id": series.case_id,
        "metric": series.metric,
        "unit": series.unit,
        "better": str(series.better),
        "epoch": {
            "key": series.epoch.key,
            "number": series.epoch.number,
            "total": series.epoch.total,
            "hard_keys": dict(series.epoch.hard_keys),
            "conditions": dict(series.epoch.conditions),
            "differing": dict(series.epoch.differing),
        },
        "points": len(points),
        "fewest_points": FEWEST,
        "left_out": series.left_out,
        "first": _run(points[0]) if points else None,
        "last": _run(points[-1]) if points else None,
        "floor": history.floor,
        "changes": [_change(history, change) for change in history.changes],
    }


def _change(history: History, change: Change) -> dict[str, Any]:
    points = history.series.points
    return {
        "before": _run(points[change.before]),
        "likely": _run(points[change.place]),
        "after": _run(points[change.after]),
        "runs": change.after - change.before,
        "ratio": asdict(change.ratio),
        "direction": change.direction,
        "verdict": None if change.verdict is None else str(change.verdict),
        "level_before": change.level_before,
        "level_after": change.level_after,
    }


def _run(point: Point) -> dict[str, Any]:
    return {
        "time": point.label,
        "run_id": point.run_id,
        "path": point.path,
        "value": point.value,
        "low": point.low,
        "high": point.high,
    }
