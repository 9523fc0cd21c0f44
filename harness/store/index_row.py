"""What the index of a folder holds: for each run its conditions, and a row for every value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedValue:
    """One metric of one case of one run; a metric without a value has no row."""

    case_id: str
    case: str
    """The case's slug."""
    metric: str
    value: float
    low: float | None
    high: float | None
    n_trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedRun:
    """What is kept of one run file."""

    run_id: str = ""
    started_at: str = ""
    """ISO 8601."""
    time: float = 0.0
    """The same in seconds since 1970."""
    hard_keys: Mapping[str, str] = field(default_factory=dict)
    comparability_key: str = ""
    """Differs where any hard key does."""
    probe_version: int = 0
    """Of the probes that tell the quiet state; 0 where it is not known."""
    versions: Mapping[str, str] = field(default_factory=dict)
    values: Sequence[IndexedValue] = ()
    note: str = ""
    """Why it has no values, or what is wrong with the file; empty for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which values are asked for."""

    metrics: tuple[str, ...]
    case: str = ""
    """Slug or id; every case where empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One run file of the index."""

    path: str
    """Below the folder, with forward slashes."""
    run: IndexedRun
    """Without its values."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Line:
    """One metric of one case over all runs, in the order of time; columns of equal length."""

    case_id: str
    case: str
    metric: str
    runs: NDArray[np.int64]
    """(n,) keys of `Selection.runs`."""
    value: NDArray[np.float64]
    low: NDArray[np.float64]
    """(n,) not a number where the value has no interval."""
    high: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Selection:
    """The values that were asked for, and the runs that they come from."""

    runs: Mapping[int, Entry]
    """Every run of the folder by its number, also those without a value."""
    lines: tuple[Line, ...]
    """By the slug of the case, then the metric."""
    cases: tuple[str, ...]
    """Slugs of all cases in the folder."""
