"""`scalecurve calibrate`: what identical code shows as a difference on this machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from harness.cli.options import Keys, filled
from harness.cli.watched import watched
from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.analyse.noise import Noise
    from harness.core.comparison import Calibration
    from harness.core.run import Run

_INTERRUPTED: Final = (
    "interrupted: finished runs are on disk; `scalecurve calibrate --from RUN RUN` takes them as "
    "they are"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateOptions(Keys):
    """What is measured several times over, or was already."""

    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PLAN | RUN...]",
            help="A TOML file, or `quick` or `standard`; with --from, run files or folders.",
        ),
    ] = None
    runs: Annotated[int, typer.Option(min=2, help="Equal runs to make.")] = 4
    finished: Annotated[
        bool, typer.Option("--from", help="Measure nothing: take these equal runs.")
    ] = False
    keep: Annotated[
        bool, typer.Option(help="Keep the floors, so that `compare` and `gate` use them.")
    ] = True
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False


@filled(CalibrateOptions)
def calibrate(options: CalibrateOptions) -> None:
    """Measure equal code several times: what is noise, and how many rounds it takes."""
    from harness.analyse.noise import noise_of
    from harness.store.read import find_runs, read_run

    named = options.what or []
    if options.finished:
        if options.given():
            raise UsageError("--from takes finished runs as they are; give no key of a plan")
        paths = tuple(find_runs([Path(name) for name in named]))
    else:
        paths = _measured(options, named)
    runs = [read_run(path) for path in paths]
    noise = noise_of(runs)
    _print(noise, runs, as_json=options.as_json)
    if options.keep:
        _keep(_calibration(noise, runs[0]))


def _measured(options: CalibrateOptions, named: Sequence[str]) -> tuple[Path, ...]:
    from harness.run.calibrate import equal_runs

    if len(named) > 1:
        raise UsageError(f"one plan at a time; to take finished runs, --from {' '.join(named)}")
    plan, places = options.over(named[0] if named else None), options.places()
    command = ["scalecurve", *sys.argv[1:]]
    return watched(
        lambda display: tuple(equal_runs(plan, options.runs, command, places, display)),
        _INTERRUPTED,
    )


def _calibration(noise: Noise, run: Run) -> Calibration:
    from harness.core.comparison import Calibration

    environment = run.header.environment
    return Calibration(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        command=("scalecurve", *sys.argv[1:]),
        hard_keys=environment.hard_keys,
        versions=environment.versions,
        floors=noise.floors,
    )


def _print(noise: Noise, runs: Sequence[Run], *, as_json: bool) -> None:
    from harness.report.noise import noise_json, noise_table
    from harness.report.table import print_table

    cases = [case for run in runs for case in run.header.cases]
    if as_json:
        typer.echo(noise_json(noise, cases))
    else:
        print_table(noise_table(noise, cases), sys.stdout)
        typer.echo("\nmetrics that no gate looks at: --json", err=True)


def _keep(calibration: Calibration) -> None:
    from harness.store.calibration import store_calibration
    from harness.store.level import state_folder

    if not calibration.floors:
        typer.echo("nothing to keep: no case has a floor", err=True)
        return
    path = store_calibration(state_folder(), calibration)
    typer.echo(f"wrote {path}", err=True)
