"""`scalecurve roofline`: how far each case is from what its machine can do."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.core.peaks import Peaks
    from harness.core.record import Record
    from harness.report.machine_runs import Machine


def roofline(
    runs: Annotated[list[Path], typer.Argument(help="Run files, or folders of them.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print an object.")] = False,
    keep: Annotated[
        Path | None,
        typer.Option(help="Also write the peaks into this folder, to go with the run files."),
    ] = None,
) -> None:
    """Hold every case against its machine's peaks, which are measured here where it is this one.

    Peaks are measured once, in a few seconds, and kept with what is known of the machine; those of
    another machine are read from files `peaks-*.json` beside its run files.
    """
    from harness.cli.measured import read_measured
    from harness.report.machine_runs import machines

    known = []
    for machine in machines(read_measured(runs)):
        peaks = peaks_of(machine)
        if not peaks:
            _say_unknown(machine)
            continue
        if keep is not None:
            _keep(keep, peaks)
        known.append((machine, peaks))
    if as_json:
        objects = [_object(machine, peaks) for machine, peaks in known]
        typer.echo(json.dumps(objects, indent=2, allow_nan=False))
        return
    for machine, peaks in known:
        _print(machine, peaks)


def peaks_of(machine: Machine) -> tuple[Peaks, ...]:
    """Return a machine's peaks; measured now where it is this one and they are not known yet.

    Raises:
        UsageError: a device of this machine cannot be measured.
    """
    from harness.cli.measured import known_peaks
    from harness.core.errors import Unavailable
    from harness.environment.describe import describe
    from harness.run.peaks import ensure_peaks
    from harness.store.level import state_folder

    keys = machine.environment.hard_keys
    known = known_peaks(machine)
    have = {(one.device, one.threads) for one in known}
    wanted = sorted({_target(r) for r in machine.records if r.outcome.reason is None} - have)
    if not wanted:
        return known
    if dict(describe().hard_keys) != dict(keys):
        return known
    typer.echo("measuring the peaks of this machine ...", err=True)
    try:
        return (*known, *ensure_peaks(wanted, keys, state_folder()))
    except Unavailable as error:
        raise UsageError(f"the peaks of this machine: {error}") from error


def _say_unknown(machine: Machine) -> None:
    typer.echo(
        f"no peaks of {machine.name}, which is not this machine: run `scalecurve roofline` there "
        "with --keep FOLDER, and put the file beside its run files",
        err=True,
    )


def _target(record: Record) -> tuple[str, int]:
    return record.case.target.device, record.case.target.threads


def _keep(folder: Path, peaks: Sequence[Peaks]) -> None:
    from harness.store.peaks import store_peaks

    for one in peaks:
        typer.echo(str(store_peaks(folder, one)), err=True)


def _object(machine: Machine, peaks: Sequence[Peaks]) -> dict[str, Any]:
    """Describe the peaks of a machine and how far each case is from them, in plain values."""
    from harness.analyse.roofline import roofline as hold
    from harness.report.roofline_table import attained_objects, peaks_objects

    attained, left_out = hold(machine.records, peaks)
    return {
        "machine": machine.name,
        "peaks": peaks_objects(peaks),
        "cases": attained_objects(attained),
        "left_out": {one.case.id: one.why for one in left_out},
    }


def _print(machine: Machine, peaks: Sequence[Peaks]) -> None:
    """Print the peaks of a machine and how far each case is from them."""
    from harness.analyse.roofline import roofline as hold
    from harness.report.roofline_table import attained_table, peaks_table
    from harness.report.table import print_table

    attained, left_out = hold(machine.records, peaks)
    typer.echo(machine.name)
    for table in (peaks_table(peaks), attained_table(attained, left_out)):
        typer.echo()
        print_table(table, sys.stdout)
    typer.echo()
