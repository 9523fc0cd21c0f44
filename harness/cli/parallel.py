"""`scalecurve parallel`: which split of the cores into processes and threads serves most."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.lean import start_lean
from harness.cli.whole import warn_unfinished
from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.analyse.splits import Ranking


def parallel(
    runs: Annotated[list[Path], typer.Argument(help="Run files, or folders of them.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
) -> None:
    """Rank splits of the cores into processes and threads, with intervals."""
    start_lean()
    from harness.analyse.splits import rankings
    from harness.report.splits_table import splits_object, splits_table
    from harness.report.table import print_table
    from harness.store.read import find_runs, read_run

    found: list[Ranking] = []
    for path in find_runs(runs):
        run = read_run(path)
        warn_unfinished(run)
        found += rankings(run)
    if not found:
        raise UsageError(
            "no network was measured with more than one split; measure with --split all, or with "
            "--split 1x1,2x1, and --scenario offline"
        )
    if as_json:
        typer.echo(json.dumps([splits_object(one) for one in found], indent=2, allow_nan=False))
        return
    for one in found:
        print_table(splits_table(one), sys.stdout)
        typer.echo()
