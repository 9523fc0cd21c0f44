"""`scalecurve fit`: how cost grows with the parameter count, and whether that can be believed."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.arguments import choose_all
from harness.cli.lean import start_lean
from harness.cli.options import filled
from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.core.record import Record
    from harness.core.scaling import Law
    from harness.report.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class FitOptions:
    """What to fit, and what to print."""

    runs: Annotated[
        list[Path] | None, typer.Argument(help="Run files of one machine, or folders of them.")
    ] = None
    metric: Annotated[str | None, typer.Option(help="Only these metrics, comma-separated.")] = None
    csv: Annotated[Path | None, typer.Option(help="Fit a table instead of runs.")] = None
    x: Annotated[str | None, typer.Option("--x", help="Its column of sizes.")] = None
    y: Annotated[str | None, typer.Option("--y", help="Its column of costs.")] = None
    break_even: Annotated[
        bool,
        typer.Option("--break-even", help="Only where two targets cost the same, and pay-back."),
    ] = False
    tables: Annotated[
        bool, typer.Option("--tables", help="Also print regressions and alternatives.")
    ] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False


@filled(FitOptions)
def fit(options: FitOptions) -> None:
    """Fit cost = overhead + coefficient x N^exponent to every family, target and metric."""
    from harness.core.metric import METRICS

    if options.csv is not None:
        _fit_table(options, options.csv)
        return
    if not options.runs or options.x is not None or options.y is not None:
        raise UsageError("give run files, or --csv FILE with --x COLUMN and --y COLUMN")
    names = choose_all(options.metric, METRICS, "metric") if options.metric is not None else ()
    start_lean()
    from harness.analyse.scaling import laws
    from harness.cli.one_machine import records_of

    found = records_of(options.runs)
    fitted = laws(found, names)
    if not fitted:
        raise UsageError("these runs have no values to fit a law to")
    if options.break_even:
        _print_break_evens(fitted, found, as_json=options.as_json)
        return
    _print_laws(fitted, options)
    if not options.as_json:
        _print_break_evens(fitted, found, as_json=False)


def _fit_table(options: FitOptions, path: Path) -> None:
    if options.runs or options.metric or options.break_even:
        raise UsageError("--csv fits one table; give no runs, no --metric, no --break-even")
    if options.x is None or options.y is None:
        raise UsageError("--csv needs --x COLUMN and --y COLUMN")
    start_lean()
    from harness.analyse.scaling import fit_points
    from harness.cli.columns import read_points

    _print_laws((fit_points(read_points(path, options.x, options.y)),), options)


def _print_laws(laws: Sequence[Law], options: FitOptions) -> None:
    from harness.report.few_sizes import few_sizes_line
    from harness.report.laws import candidate_table, law_tables, regression_table
    from harness.report.laws_json import law_objects

    if options.as_json:
        typer.echo(json.dumps(law_objects(laws), indent=2, allow_nan=False))
        return
    more = (candidate_table(laws), regression_table(laws)) if options.tables else ()
    _print_tables([*law_tables(laws), *more])
    line = few_sizes_line(laws)
    if line:
        typer.echo(f"{line}\n")


def _print_break_evens(laws: Sequence[Law], records: Sequence[Record], *, as_json: bool) -> None:
    from harness.analyse.break_even import batch_break_evens, break_evens
    from harness.analyse.pay_back import pay_backs
    from harness.report.break_even_table import break_even_table, pay_back_table
    from harness.report.few_sizes import has_enough
    from harness.report.laws_json import break_even_objects, pay_back_objects

    shown = laws if as_json else tuple(filter(has_enough, laws))
    found = (*break_evens(shown), *batch_break_evens(records))
    repaid = pay_backs(records)
    if as_json:
        objects = {"break_even": break_even_objects(found), "pay_back": pay_back_objects(repaid)}
        typer.echo(json.dumps(objects, indent=2, allow_nan=False))
        return
    _print_tables([break_even_table(found), pay_back_table(repaid)])


def _print_tables(tables: Sequence[Table]) -> None:
    from harness.report.table import print_table

    for table in tables:
        if table.rows:
            print_table(table, sys.stdout)
            typer.echo()
