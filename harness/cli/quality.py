"""`scalecurve quality`: train the zoo's networks on small real data, and show what a size buys."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.options import PlanFlags, filled
from harness.cli.watched import watched
from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.core.record import Record
    from harness.run.plan import Plan

_FAREWELL = (
    "interrupted: finished folds are on disk; `scalecurve quality --resume FILE` goes on"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityOptions(PlanFlags):
    """What is to be trained, or which file is to be shown."""

    folds: Annotated[int | None, typer.Option(help="Parts, each of which is once held out.")] = None
    epochs: Annotated[int | None, typer.Option(help="How often each item is seen.")] = None
    resume: Annotated[Path | None, typer.Option(help="Go on with this file.")] = None
    show: Annotated[Path | None, typer.Option(help="Train nothing; show this file.")] = None
    costs: Annotated[
        list[Path] | None,
        typer.Option(help="Run files of one machine, whose costs stand beside quality."),
    ] = None
    charts: Annotated[Path | None, typer.Option(help="Folder for pictures.")] = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the networks.")] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print an object.")] = False

    def given(self) -> dict[str, Any]:
        """Return the keys of a plan that were given, those of training with them."""
        values = {"folds": self.folds, "epochs": self.epochs}
        found = {name: value for name, value in values.items() if value is not None}
        return {**super(QualityOptions, self).given(), **found}


@filled(QualityOptions)
def quality(options: QualityOptions) -> None:
    """Train networks by cross-validation; print scores, over-fitting and training time."""
    if options.show is not None:
        _require_no_plan(options, "--show")
        _print(options.show, options)
    elif options.resume is not None:
        _require_no_plan(options, "--resume")
        _print(_resumed(options.resume), options)
    elif options.dry_run:
        _print_networks(options.wanted(), as_json=options.as_json)
    else:
        _print(_trained(options.wanted(), options.out), options)


def _require_no_plan(options: QualityOptions, flag: str) -> None:
    if options.plan or options.given() or options.dry_run or (options.show and options.resume):
        raise UsageError(f"{flag} takes everything from the file; give no plan, and no other file")


def _trained(plan: Plan, out: Path) -> Path:
    from harness.run.quality import begin

    command = ["scalecurve", *sys.argv[1:]]
    return watched(lambda display: begin(plan, command, out, display), _FAREWELL)


def _resumed(path: Path) -> Path:
    from harness.run.quality import resume

    return watched(lambda display: resume(path, display), _FAREWELL)


def _print_networks(plan: Plan, *, as_json: bool) -> None:
    from harness.run.quality import make_header

    networks = make_header(plan, ()).networks
    if as_json:
        rows = [{"spec": one.spec.as_record(), "count": one.parameter_count} for one in networks]
        typer.echo(json.dumps(rows))
        return
    for one in networks:
        typer.echo(f"{one.spec.digest}  {one.parameter_count:>11,}  {one.spec.slug}")
    typer.echo(f"{len(networks)} networks, {plan.folds} folds each, {plan.epochs} epochs")


def _print(path: Path, options: QualityOptions) -> None:
    from harness.analyse.quality import joined, qualities, training_laws
    from harness.report.quality_table import (
        growth_table,
        joined_table,
        quality_object,
        quality_table,
    )
    from harness.report.table import print_table
    from harness.store.quality import read_quality

    run = read_quality(path)
    found = qualities(run)
    laws = tuple(training_laws(found))
    records = joined(_records(options.costs), found)
    if options.as_json:
        described = quality_object(run.header, found, laws, records)
        typer.echo(json.dumps(described, indent=2, allow_nan=False))
    else:
        shown = [quality_table(run.header, found), growth_table(laws)]
        for table in [*shown, joined_table(records)] if records else shown:
            print_table(table, sys.stdout)
            typer.echo()
    if run.torn:
        typer.echo(f"{path}: {run.torn}; --resume goes on", err=True)
    if options.show is None:
        typer.echo(f"wrote {path}", err=True)


def _records(paths: Sequence[Path] | None) -> tuple[Record, ...]:
    if not paths:
        return ()
    from harness.cli.one_machine import records_of

    return records_of(paths)
