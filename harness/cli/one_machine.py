"""Records of several runs together, where they may be put together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.core.errors import NotComparable

if TYPE_CHECKING:
    from harness.core.record import Record


def records_of(paths: Sequence[Path]) -> tuple[Record, ...]:
    """Read runs and return one record a case: of several runs the newest that completed it.

    Raises:
        StoreError: a file is missing or cannot be read.
        NotComparable: two runs differ in a hard key; one law over both would mean nothing.
    """
    from harness.cli.measured import read_measured
    from harness.environment.comparability import differing_keys
    from harness.report.machine_runs import machines

    first, *others = machines(read_measured(paths))
    for other in others:
        differing = differing_keys(first.environment, other.environment)
        told = ", ".join(f"{key}: {old} and {new}" for key, (old, new) in differing.items())
        ours, theirs = first.runs[0].run.path, other.runs[0].run.path
        raise NotComparable(f"{ours} and {theirs} are of different machines ({told})")
    return first.records
