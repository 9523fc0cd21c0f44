"""`scalecurve show`: what runs measured, as a table, JSON or comma-separated values."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from harness.cli.arguments import choose_all
from harness.cli.lean import start_lean
from harness.cli.whole import warn_unfinished
from harness.core.errors import UsageError
from harness.core.metric import METRICS

if TYPE_CHECKING:
    from harness.core.record import Record
    from harness.core.run import Run

_LONGEST: Final = 400
"""Characters of a sentence from a run file."""
_OF_THE_BASELINE: Final = "these are the figures of the base; `scalecurve gate` holds both sides"


def show(
    runs: Annotated[list[Path], typer.Argument(help="Run files, or folders of them.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print pages with what made them.")
    ] = False,
    metric: Annotated[
        str | None,
        typer.Option(help=f"Only these metrics, comma-separated. There are: {', '.join(METRICS)}."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Give skipped cases rows in tables, too.")
    ] = False,
) -> None:
    """Print one row a record: what each case cost, or why there is no number."""
    if as_json + as_csv + as_markdown > 1:
        raise UsageError("--json, --csv and --markdown are different answers; give one of them")
    metrics = choose_all(metric, METRICS, "metric") if metric is not None else ()

    start_lean()
    from harness.analyse.records import records
    from harness.store.read import find_runs, read_run

    found: list[Record] = []
    for path in find_runs(runs):
        run = read_run(path)
        warn_unfinished(run)
        of_run = records(run)
        found.extend(of_run)
        if as_markdown:
            from harness.report.page_of_run import page_of_run

            typer.echo(page_of_run(run, of_run, metrics, every=every))
        elif not (as_json or as_csv):
            typer.echo(_heading(run))
            print_records(of_run, metrics=metrics, every=every)
    if as_json or as_csv:
        print_records(found, as_json=as_json, as_csv=as_csv, metrics=metrics)


def print_records(
    records: Sequence[Record],
    *,
    as_json: bool = False,
    as_csv: bool = False,
    metrics: Sequence[str] = (),
    every: bool = False,
) -> None:
    """Print records to standard output; as tables unless something else is asked for.

    Args:
        records: Of one run, for tables; in any order.
        as_json: Print a list of objects.
        as_csv: Print comma-separated values.
        metrics: Names of the metrics to print; the usual ones where empty.
        every: Whether skipped cases have rows in tables, too.
    """
    from harness.report.rows import as_csv as to_csv
    from harness.report.rows import as_json as to_json

    if as_json:
        typer.echo(to_json(records, metrics))
    elif as_csv:
        typer.echo(to_csv(records, metrics), nl=False)
    else:
        _print_tables(records, metrics, every=every)


def _print_tables(records: Sequence[Record], metrics: Sequence[str], *, every: bool) -> None:
    from harness.analyse.control import control_check
    from harness.report.format import plain_text
    from harness.report.table import print_table, tables

    for table in tables(records, metrics, every=every):
        typer.echo()
        print_table(table, sys.stdout)
    sentence = plain_text(control_check(records).sentence, longest=_LONGEST)
    typer.echo(f"\ncontrol: {sentence}\n")


def _heading(run: Run) -> str:
    """Say which run it is and, of an A/B run, what its sides are."""
    from harness.report.format import count, plain_text
    from harness.report.machine import machine_line
    from harness.report.sides import sides_lines

    rounds = f"{count(run.header.rounds)} rounds"
    line = f"{plain_text(Path(run.path).name)}: {machine_line(run.header)}, {rounds}"
    told = sides_lines(run.header)
    return "\n".join([line, *told, *([_OF_THE_BASELINE] if told else [])])
