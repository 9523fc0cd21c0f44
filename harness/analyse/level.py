"""The quiet level that a run's slices are held against."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.core.run import QuietLevel, Run
from harness.statistics.quiet import native_level

_UNVERSIONED = 0


def run_level(run: Run) -> QuietLevel | None:
    """Return the machine's level where stored runs gave one, else what this run's own probes say.

    Returns:
        None where nothing is known: no probe was ever read.
    """
    if run.header.level is not None and run.header.level.anchored:
        return run.header.level
    return own_level(run)


def own_level(run: Run) -> QuietLevel | None:
    """Return what this run's own probes say, whatever stored runs gave.

    A run that was cut off has no level of its own in the file; it is worked out from its trials.

    Returns:
        None where nothing is known: no probe was ever read.
    """
    if run.end is not None and run.end.level is not None:
        return replace(run.end.level, anchored=False)
    probes = (trial.timeline.probes for trial in run.trials if trial.timeline is not None)
    readings = [np.array(probe.native_ns, dtype=np.float64) for probe in probes]
    level = native_level(np.concatenate(readings)) if readings else None
    if level is None or level <= 0:
        return None
    return QuietLevel(native_ns=level, probe_version=_UNVERSIONED, anchored=False)
