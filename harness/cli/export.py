"""`scalecurve export`: a run as a file of another tool."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from harness.cli.arguments import choose, choose_all
from harness.core.errors import StoreError, UsageError

if TYPE_CHECKING:
    from harness.core.record import Record
    from harness.core.run import Run
    from harness.core.trial import Side

_PYTEST: Final = "pytest-benchmark"
_SMALLER: Final = "customSmallerIsBetter"


def export(
    run: Annotated[Path, typer.Argument(help="A run file.")],
    *,
    wanted: Annotated[str, typer.Option("--format", help=f"{_PYTEST} or {_SMALLER}.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
    metrics: Annotated[
        str | None, typer.Option(help=f"Metrics of {_SMALLER}, comma-separated.")
    ] = None,
    side: Annotated[str, typer.Option(help="Of an A/B run: base or candidate.")] = "base",
) -> None:
    """Write what a run measured in a format that another tool reads."""
    from harness.analyse.records import records
    from harness.core.metric import METRICS
    from harness.core.trial import Side
    from harness.store.foreign.smaller_is_better import entries
    from harness.store.read import read_run

    kind = choose(wanted, (_PYTEST, _SMALLER), "format")
    names = choose_all(metrics, METRICS, "metric") if metrics is not None else ()
    of_side = Side(choose(side, list(Side), "side"))
    found = read_run(run)
    told = records(found, of_side)
    if kind == _PYTEST:
        if names:
            raise UsageError(f"--metrics is for {_SMALLER}; {_PYTEST} takes every duration")
        content: Any = _document(found, told, of_side)
        count = len(content["benchmarks"])
    else:
        content = entries(told, names)
        count = len(content)
    _write(out, content)
    typer.echo(f"wrote {count} entries of {len(told)} cases to {out}", err=True)


def _document(run: Run, told: Sequence[Record], side: Side) -> dict[str, Any]:
    from harness.analyse.records import evidence_by_case
    from harness.analyse.rounds import iterations_of
    from harness.core.trial import Side
    from harness.report.rows import as_objects
    from harness.store.foreign.pytest_benchmark_write import Timed, document

    evidence = evidence_by_case(run, side)
    timed = []
    for record in told:
        found = evidence.get(record.case.id)
        trials = iterations_of(found) if found is not None else ()
        if trials:
            (extra,) = as_objects([record])
            timed.append(Timed(case=record.case, trials=trials, extra=extra))
    candidate = run.header.candidate if side is Side.CANDIDATE else None
    return document(candidate or run.header.environment, timed, run.header.started_at)


def _write(path: Path, content: object) -> None:
    text = json.dumps(content, indent=1, allow_nan=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from error
