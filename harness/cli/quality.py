"""`scalecurve quality`: train the zoo's networks on small real data, and show what a size buys."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.options import PlanFlags, filled
from harness.cli.watched import watched
from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.core.quality import Quality, QualityHeader
    from harness.core.record import Record
    from harness.report.table import Table
    from harness.run.plan import Plan

_FAREWELL = "interrupted: finished folds are on disk; `scalecurve quality --resume FILE` goes on"


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
    from harness.analyse.quality import qualities, training_laws
    from harness.analyse.quality_cost import joined
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
        costs = [joined_table(records), *_fronts(records)] if records else []
        for table in [*shown, *costs]:
            print_table(table, sys.stdout)
            typer.echo()
    if options.charts is not None:
        _draw(run.header, found, records, options.charts)
    if run.torn:
        typer.echo(f"{path}: {run.torn}; --resume goes on", err=True)
    if options.show is None:
        typer.echo(f"wrote {path}", err=True)


def _fronts(records: Sequence[Record]) -> Iterator[Table]:
    """Lay out the networks that no other beats, a table a cost and target."""
    from dataclasses import replace

    from harness.analyse.quality_cost import cost_fronts
    from harness.report.pareto_table import front_table
    from harness.report.targets import target_name

    for fronts in cost_fronts(records):
        for target, front in fronts:
            table = front_table(front)
            yield replace(table, title=f"{table.title} on {target_name(target)}")


def _draw(
    header: QualityHeader, found: Sequence[Quality], records: Sequence[Record], folder: Path
) -> None:
    """Write every chart that there is something for."""
    from harness.analyse.quality_cost import cost_fronts
    from harness.report.charts.quality import curves_figure, size_figure
    from harness.report.charts.quality_cost import cost_quality_figure
    from harness.report.picture import write_picture
    from harness.report.targets import target_name

    of_costs = (
        cost_quality_figure([(target_name(target), front) for target, front in fronts])
        for fronts in cost_fronts(records)
    )
    for figure in (size_figure(found), curves_figure(found), *of_costs):
        if figure is not None:
            path = folder / f"{figure.name}.png"
            write_picture(figure, path, subtitle=f"{header.data}, {header.items:,} items")
            typer.echo(f"wrote {path}", err=True)


def _records(paths: Sequence[Path] | None) -> tuple[Record, ...]:
    if not paths:
        return ()
    from harness.cli.one_machine import records_of

    return records_of(paths)
