"""From the index to series: one for each case, metric and epoch."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from harness.analyse.history.series import Epoch, Point, Series
from harness.core.metric import METRICS
from harness.store.index_row import Entry, IndexedRun, Line, Selection

_NOT_KNOWN: Final = "not known"
_PROBES: Final = "probe_version"
"""Another probe's quiet state is another state."""


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
    again = {*copies(selection)}
    once = {number: e for number, e in selection.runs.items() if e.path not in again}
    runs = _placed(once, held)
    return [series for line in selection.lines for series in _parted(line, runs)]


def copies(selection: Selection) -> list[str]:
    """Name the files that hold a run which another file holds, too."""
    seen: set[tuple[str, str]] = set()
    found = []
    for entry in sorted(selection.runs.values(), key=attrgetter("path")):
        identity = (entry.run.run_id, entry.run.started_at)
        if entry.run.run_id and identity in seen:
            found.append(entry.path)
        seen.add(identity)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A run, and the epoch that it belongs to."""

    entry: Entry
    key: str
    conditions: Mapping[str, str]


def _placed(runs: Mapping[int, Entry], held: Sequence[str]) -> dict[int, _Placed]:
    """Give each run its epoch; runs of equal conditions share one object that describes them."""
    probes = _latest_probes(entry.run for entry in runs.values())
    known: dict[tuple[str, ...], tuple[str, Mapping[str, str]]] = {}
    found = {}
    for number, entry in runs.items():
        run = entry.run
        probe_version = run.probe_version or probes.get(run.comparability_key, 0)
        versions = [run.versions.get(name, _NOT_KNOWN) for name in held]
        facts = (run.comparability_key, str(probe_version), *versions)
        if facts not in known:
            known[facts] = _described(
                run, str(probe_version), dict(zip(held, versions, strict=True))
            )
        key, conditions = known[facts]
        found[number] = _Placed(entry=entry, key=key, conditions=conditions)
    return found


def _latest_probes(runs: Iterable[IndexedRun]) -> dict[str, int]:
    """Return the newest known version of the probes by machine; a run that was cut off has none."""
    dated = sorted((run.time, run.comparability_key, run.probe_version) for run in runs)
    return {key: version for _, key, version in dated if version}


def _described(
    run: IndexedRun, probe_version: str, versions: Mapping[str, str]
) -> tuple[str, Mapping[str, str]]:
    """Return the key of an epoch, and its conditions by name."""
    conditions = {**run.hard_keys, _PROBES: probe_version, **versions}
    text = json.dumps(conditions, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16], conditions


def _parted(line: Line, runs: Mapping[int, _Placed]) -> Iterator[Series]:
    """Part one line by the epochs of its runs, in the order of their first runs."""
    points: dict[str, list[Point]] = {}
    epochs: dict[str, _Placed] = {}
    left_out: Counter[str] = Counter()
    columns = (line.runs.tolist(), line.value.tolist(), line.low.tolist(), line.high.tolist())
    for number, value, low, high in zip(*columns, strict=True):
        placed = runs.get(number)
        if placed is None:
            continue
        of_epoch = points.setdefault(placed.key, [])
        epochs.setdefault(placed.key, placed)
        if 0 < value < math.inf:
            of_epoch.append(_point(placed.entry, value, low, high))
        else:
            left_out[placed.key] += 1
    differing = _differing(placed.conditions for placed in epochs.values())
    for place, (key, found) in enumerate(points.items(), start=1):
        conditions = epochs[key].conditions
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
                hard_keys=epochs[key].entry.run.hard_keys,
                conditions=conditions,
                differing={name: conditions.get(name, _NOT_KNOWN) for name in differing},
            ),
            points=tuple(found),
            left_out=left_out[key],
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
