"""From a run to what the index keeps of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from harness.analyse.level import run_level
from harness.analyse.records import records
from harness.core.errors import StoreError
from harness.core.run import Run
from harness.environment.comparability import comparability_key
from harness.store.index_row import IndexedRun, IndexedValue


def indexed_run(run: Run) -> IndexedRun:
    """Work out every value of a run, and note what is wrong with it.

    Raises:
        StoreError: its time is no date.
    """
    header, level = run.header, run_level(run)
    return IndexedRun(
        run_id=header.run_id,
        started_at=header.started_at,
        time=_seconds(run),
        hard_keys=header.environment.hard_keys,
        comparability_key=comparability_key(header.environment),
        probe_version=0 if level is None else level.probe_version,
        versions=header.environment.versions,
        values=() if header.candidate is not None else tuple(_values(run)),
        note=_note(run),
    )


def rules_of_values() -> str:
    """Return sixteen digits that differ where the code that works values out does.

    An index keeps values over versions of the harness, and must not keep those of older rules.
    """
    harness = Path(__file__).parents[2]
    folders = (harness / "analyse", harness / "statistics")
    files = [file for folder in folders for file in sorted(folder.glob("*.py"))]
    files += [harness / "core" / "metric.py", harness / "store" / "migrate.py", Path(__file__)]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def seconds_of(text: str) -> float:
    """Read a date, or a date and a time, of ISO 8601 as seconds since 1970; UTC unless it says so.

    >>> seconds_of("1970-01-02"), seconds_of("1970-01-01T01:00:00+01:00")
    (86400.0, 0.0)

    Raises:
        ValueError: it is none.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _values(run: Run) -> Iterator[IndexedValue]:
    for record in records(run):
        for value in record.values.values():
            if value.value is not None:
                yield IndexedValue(
                    case_id=record.case.id,
                    case=record.case.slug,
                    metric=value.metric,
                    value=value.value,
                    low=value.low,
                    high=value.high,
                    n_trials=value.n_trials,
                )


def _seconds(run: Run) -> float:
    try:
        return seconds_of(run.header.started_at)
    except (ValueError, OverflowError) as error:
        raise StoreError(f"{run.path}:1: started at {run.header.started_at!r}: no date") from error


def _note(run: Run) -> str:
    if run.header.candidate is not None:
        return f"{run.path}: two interpreters side by side; not part of a history"
    return f"{run.path}: {run.torn}; what stands before it counts" if run.torn else ""
