"""From the index to series: one for each case, metric and epoch."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.analyse.history.series import Epoch, Point, Series
from harness.core.metric import METRICS
from harness.store.index_row import Entry, IndexedRun, Line, Selection

_NOT_KNOWN = "not known"


def collect(selection: Selection, held: Sequence[str] = ()) -> list[Series]:
    """Part each case's values into epochs; an epoch is never crossed.

    Runs made in turn under two conditions are two epochs, each with its own runs in order. A run
    that lies there twice counts once.

    Args:
        selection: What the index found.
        held: Packages that are not under test: another version of one begins a new epoch.

    Returns:
        By case, metric, and the first run of the epoch.
    """
    conditions = {number: _conditions(e.run, held) for number, e in selection.runs.items()}
    runs = {
        number: _Placed(entry, _key(entry.run, conditions[number], held), conditions[number])
        for number, entry in selection.runs.items()
    }
    return [series for line in selection.lines for series in _parted(line, runs)]


def copies(selection: Selection) -> list[str]:
    """Name the files that hold a run which another file holds, too."""
    seen: set[tuple[str, str]] = set()
    found = []
    for entry in sorted(selection.runs.values(), key=lambda one: one.path):
        identity = _identity(entry.run)
        if entry.run.run_id and identity in seen:
            found.append(entry.path)
        seen.add(identity)
    return found


@dataclass(frozen=True, slots=True)
class _Placed:
    """A run, and the epoch that it belongs to."""

    entry: Entry
    key: str
    conditions: Mapping[str, str]


def _conditions(run: IndexedRun, held: Sequence[str]) -> Mapping[str, str]:
    return {**run.hard_keys, **{name: run.versions.get(name, _NOT_KNOWN) for name in held}}


def _key(run: IndexedRun, conditions: Mapping[str, str], held: Sequence[str]) -> str:
    if not held:
        return run.comparability_key
    text = json.dumps(dict(conditions), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _identity(run: IndexedRun) -> tuple[str, str]:
    return run.run_id, run.started_at


def _parted(line: Line, runs: Mapping[int, _Placed]) -> Iterator[Series]:
    """Part one line by the epochs of its runs, in the order of their first runs."""
    points: dict[str, dict[tuple[str, str], Point]] = {}
    conditions: dict[str, Mapping[str, str]] = {}
    left_out: dict[str, int] = {}
    columns = (line.runs.tolist(), line.value.tolist(), line.low.tolist(), line.high.tolist())
    for number, value, low, high in zip(*columns, strict=True):
        placed = runs[number]
        conditions.setdefault(placed.key, placed.conditions)
        of_epoch = points.setdefault(placed.key, {})
        if 0 < value < math.inf:
            of_epoch.setdefault(_identity(placed.entry.run), _point(placed.entry, value, low, high))
        else:
            left_out[placed.key] = left_out.get(placed.key, 0) + 1
    differing = _differing(conditions.values())
    for place, (key, found) in enumerate(points.items(), start=1):
        yield Series(
            case=line.case,
            case_id=line.case_id,
            metric=line.metric,
            unit=METRICS[line.metric].unit,
            better=METRICS[line.metric].better,
            epoch=Epoch(
                key=key,
                number=place,
                total=len(points),
                conditions=conditions[key],
                differing={n: conditions[key].get(n, _NOT_KNOWN) for n in differing},
            ),
            points=tuple(found.values()),
            left_out=left_out.get(key, 0),
        )


def _point(entry: Entry, value: float, low: float, high: float) -> Point:
    return Point(
        time=entry.run.time,
        label=entry.run.started_at,
        value=value,
        low=None if math.isnan(low) else low,
        high=None if math.isnan(high) else high,
        run_id=entry.run.run_id,
        path=entry.path,
    )


def _differing(conditions: Iterable[Mapping[str, str]]) -> list[str]:
    """Name the conditions that are not the same in all."""
    found = list(conditions)
    names = sorted({name for one in found for name in one})
    return [name for name in names if len({one.get(name) for one in found}) > 1]
