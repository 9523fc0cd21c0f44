"""Rows of an index to columns that go into it at once, and what comes back to rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from harness.store.index_row import Entry, IndexedRun

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
        "case_number": np.array([cases[value.case_id] for value in values], dtype=np.int32),
        "metric": np.array([metrics[value.metric] for value in values], dtype=np.int32),
        "value": np.array([value.value for value in values], dtype=np.float64),
        "low": np.array([value.low for value in values], dtype=np.float64),
        "high": np.array([value.high for value in values], dtype=np.float64),
        "n_trials": np.array([value.n_trials for value in values], dtype=np.int32),
    }


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
