"""What commands read before they answer: runs with their records, and peaks of their machines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.lean import start_lean

if TYPE_CHECKING:
    from harness.core.peaks import Peaks
    from harness.report.machine_runs import Machine, Measured


def read_measured(paths: Sequence[Path]) -> tuple[Measured, ...]:
    """Read runs, and work out their records.

    Raises:
        StoreError: a file is missing or cannot be read.
    """
    start_lean()
    from harness.analyse.records import records
    from harness.report.machine_runs import Measured
    from harness.store.read import find_runs, read_run

    found = (read_run(path) for path in find_runs(paths))
    return tuple(Measured(run=run, records=records(run)) for run in found)


def known_peaks(machine: Machine) -> tuple[Peaks, ...]:
    """Return the peaks that lie beside run files, then those kept on this machine."""
    from harness.store.level import state_folder
    from harness.store.peaks import stored_peaks

    beside = dict.fromkeys(Path(one.run.path).parent for one in machine.runs)
    return stored_peaks([*beside, state_folder()], machine.environment.hard_keys)


def read_machines(paths: Sequence[Path]) -> tuple[Machine, ...]:
    """Read runs, group them by machine, and add the peaks that are known.

    Raises:
        StoreError: a file is missing or cannot be read.
    """
    from dataclasses import replace

    from harness.report.machine_runs import machines

    found = machines(read_measured(paths))
    return tuple(replace(machine, peaks=known_peaks(machine)) for machine in found)
