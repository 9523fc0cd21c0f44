"""`scalecurve import`: what another tool measured, as a run file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from harness.core.run import Run
    from harness.store.foreign.pytest_benchmark_read import BenchmarkFile

_NAMED: Final = 3
_COARSE_NS: Final = 1000
"""Below it, a duration in whole nanoseconds is off by more than 0.05 %."""


def import_(
    files: Annotated[list[Path], typer.Argument(help="JSON files of pytest-benchmark.")],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the run file.")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
) -> None:
    """Make one run of files of one machine and commit: a case a benchmark, a trial a file."""
    from harness.store.foreign.as_run import as_run
    from harness.store.foreign.pytest_benchmark_read import read_pytest_benchmark

    found = [read_pytest_benchmark(path) for path in files]
    run = as_run(found, ["scalecurve", *sys.argv[1:]])
    path = _write(run, out)
    for told in (*_left_out(found), *_coarse(run)):
        typer.echo(told, err=True)
    cases, trials = len(run.header.cases), len(run.trials)
    if as_json:
        typer.echo(json.dumps({"path": str(path), "cases": cases, "trials": trials}))
    else:
        typer.echo(f"{cases} cases, {trials} trials")
        typer.echo(f"wrote {path}", err=True)


def _write(run: Run, out: Path) -> Path:
    from harness.store.write import RunWriter

    with RunWriter.create(out, run.header) as writer:
        for trial in run.trials:
            writer.append_trial(trial)
        if run.end is not None:
            writer.finish(run.end)
        return writer.path


def _left_out(files: list[BenchmarkFile]) -> list[str]:
    """Say which benchmarks were saved without their rounds."""
    from harness.report.format import plain_text

    told = []
    for file in files:
        names = file.without_data
        if names:
            shown = ", ".join(plain_text(name) for name in names[:_NAMED])
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            told.append(
                f"{plain_text(file.path)}: left out, saved without their rounds: {shown}{more}; "
                "use --benchmark-json or --benchmark-save-data"
            )
    return told


def _coarse(run: Run) -> list[str]:
    """Say that fast benchmarks lose digits: a run file keeps whole nanoseconds."""
    fast = {
        trial.case_id
        for trial in run.trials
        if trial.timeline is not None and min(trial.timeline.samples_ns) < _COARSE_NS
    }
    if not fast:
        return []
    return [f"{len(fast)} benchmarks take under 1 µs; run files keep whole nanoseconds"]
