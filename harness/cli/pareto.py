"""`scalecurve pareto`: the cases that no other case beats in every metric."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.arguments import choose_all
from harness.cli.lean import start_lean

if TYPE_CHECKING:
    from harness.core.record import Record


def pareto(
    runs: Annotated[
        list[Path], typer.Argument(help="Run files of one machine, or folders of them.")
    ],
    *,
    metrics: Annotated[
        str, typer.Option(help="Two or three metrics, comma-separated.")
    ] = "latency_quiet,peak_rss",
    quality: Annotated[
        Path | None, typer.Option(help="File of trained networks, for accuracy, recall, f1.")
    ] = None,
    family: Annotated[str | None, typer.Option(help="Only these families.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print an object.")] = False,
) -> None:
    """Print the cases that are best in one metric for what they are in the others."""
    from harness.core.metric import METRICS
    from harness.core.quality import MEASURES
    from model_zoo.families import FAMILIES

    names = choose_all(metrics, METRICS if quality is None else MEASURES, "metric")
    families = choose_all(family, FAMILIES, "family") if family is not None else tuple(FAMILIES)
    start_lean()
    from harness.analyse.pareto import front
    from harness.cli.one_machine import records_of
    from harness.report.pareto_table import front_object, front_table
    from harness.report.table import print_table

    chosen = [
        one for one in records_of(runs) if family is None or one.case.model.family in families
    ]
    found = front(chosen if quality is None else _joined(chosen, quality), names)
    if as_json:
        typer.echo(json.dumps(front_object(found), indent=2, allow_nan=False))
    else:
        print_table(front_table(found), sys.stdout)


def _joined(records: Sequence[Record], path: Path) -> tuple[Record, ...]:
    from harness.analyse.quality import qualities
    from harness.analyse.quality_cost import joined
    from harness.store.quality import read_quality

    return joined(records, qualities(read_quality(path)))
