"""Records of several runs together, where they may be put together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core.errors import NotComparable

if TYPE_CHECKING:
    from harness.core.record import Record


def records_of(paths: Sequence[Path]) -> tuple[Record, ...]:
    """Read runs and return all their records.

    Raises:
        StoreError: a file is missing or cannot be read.
        NotComparable: two runs differ in a hard key; one law over both would mean nothing.
    """
    from harness.analyse.records import records
    from harness.environment.comparability import differing_keys
    from harness.store.read import find_runs, read_run

    found: list[Record] = []
    first = None
    for path in find_runs(paths):
        run = read_run(path)
        first = first or run
        differing = differing_keys(first.header.environment, run.header.environment)
        if differing:
            told = ", ".join(f"{key}: {old} and {new}" for key, (old, new) in differing.items())
            raise NotComparable(f"{first.path} and {path} are of different machines ({told})")
        found.extend(records(run))
    return tuple(found)
