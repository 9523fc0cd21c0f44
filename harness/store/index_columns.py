"""Rows of an index to columns that go into it at once, and what comes back to rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter
from typing import Any, TypeAlias

import numpy as np

from harness.store.index_row import Entry, IndexedRun, IndexedValue

Stamp: TypeAlias = tuple[int, int]
"""Bytes of a file, and when it was last written in nanoseconds: it changed where these did."""

Columns: TypeAlias = dict[str, np.typing.NDArray[Any]]
"""By name, of equal length, in the order of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A run file that was just read."""

    path: str
    stamp: Stamp
    run: IndexedRun


def run_columns(first: int, read: Sequence[Read]) -> Columns:
    """Lay out the files themselves, numbered from `first`."""
    runs = [one.run for one in read]
    return {
        "run": np.arange(first, first + len(read), dtype=np.int32),
        "path": _texts([one.path for one in read]),
        "bytes": np.array([one.stamp[0] for one in read], dtype=np.int64),
        "written_ns": np.array([one.stamp[1] for one in read], dtype=np.int64),
        "run_id": _texts([run.run_id for run in runs]),
        "started_at": _texts([run.started_at for run in runs]),
        "time": np.array([run.time for run in runs], dtype=np.float64),
        "hard_keys": _texts([json.dumps(dict(run.hard_keys)) for run in runs]),
        "comparability_key": _texts([run.comparability_key for run in runs]),
        "probe_version": np.array([run.probe_version for run in runs], dtype=np.int32),
        "versions": _texts([json.dumps(dict(run.versions)) for run in runs]),
        "note": _texts([run.note for run in runs]),
    }


def entry_columns(
    first: int, read: Sequence[Read], cases: Mapping[str, int], metrics: Mapping[str, int]
) -> Columns:
    """Lay out the values of all files; an end of an interval that is not known is not a number."""
    values = [value for one in read for value in one.run.values]
    counts = [len(one.run.values) for one in read]
    return {
        "run": np.repeat(np.arange(first, first + len(read), dtype=np.int32), counts),
        "case_number": _column(values, "case_id", np.int32, cases),
        "metric": _column(values, "metric", np.int32, metrics),
        "value": _column(values, "value", np.float64),
        "low": _column(values, "low", np.float64),
        "high": _column(values, "high", np.float64),
        "n_trials": _column(values, "n_trials", np.int32),
    }


def _column(
    values: Sequence[IndexedValue],
    name: str,
    kind: type[np.generic],
    numbers: Mapping[str, int] | None = None,
) -> np.typing.NDArray[Any]:
    """Take one field of every value; names become their numbers. There may be millions."""
    found: Iterable[Any] = map(attrgetter(name), values)
    if numbers is not None:
        found = map(numbers.__getitem__, found)
    return np.array(list(found), dtype=kind)


def parted(columns: Columns) -> Iterator[tuple[int, int, Columns]]:
    """Part values where case or metric change: the numbers of both, and the columns of the part."""
    if not columns or not columns["run"].size:
        return
    cases, metrics = columns["case_number"], columns["metric"]
    inner = np.flatnonzero((np.diff(cases) != 0) | (np.diff(metrics) != 0)) + 1
    for start, end in pairwise([0, *inner.tolist(), cases.size]):
        part = {name: column[start:end] for name, column in columns.items()}
        yield int(cases[start]), int(metrics[start]), part


def read_entry(row: Sequence[Any]) -> tuple[int, Entry]:
    """Read one row of the files: its number, and the run without its values."""
    number, path, run_id, started_at, time, hard_keys, key, probes, versions, note = row
    run = IndexedRun(
        run_id=run_id,
        started_at=started_at,
        time=time,
        hard_keys=_parsed(hard_keys),
        comparability_key=key,
        probe_version=probes,
        versions=_parsed(versions),
        note=note,
    )
    return number, Entry(path=path, run=run)


@lru_cache(maxsize=1 << 12)
def _parsed(text: str) -> Mapping[str, str]:
    """Read an object; most runs of a folder have the same."""
    found: dict[str, str] = json.loads(text)
    return found


def _texts(texts: Sequence[str]) -> np.typing.NDArray[Any]:
    return np.array(texts, dtype=np.object_)
