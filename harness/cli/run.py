"""`scalecurve run`: measure a plan, then show what came of it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from harness.cli.options import PlanFlags, filled
from harness.cli.watched import watched
from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.core.case import Case
    from harness.run.plan import Plan

_TITLE: Final = "What a network costs to run, by its parameter count"
_UNKNOWN: Final = "?"
"""Instead of a parameter count that is not known before the network is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(PlanFlags):
    """What is to be measured, and what else to do."""

    resume: Annotated[Path | None, typer.Option(help="Go on with this run file.")] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the cases and the time expected.")
    ] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print records as JSON.")] = False


@filled(RunOptions)
def run(options: RunOptions) -> None:
    """Measure networks and print what they cost.

    Ends with 4 where not one case could be measured.
    """
    if options.resume is not None:
        _show(_resumed(options, options.resume), as_json=options.as_json)
        return
    plan = options.wanted()
    if options.dry_run:
        _print_cases(plan, options.sysfs_root, as_json=options.as_json)
        return
    _show(_measured(options, plan), as_json=options.as_json)


def _measured(options: RunOptions, plan: Plan) -> Path:
    from harness.run.start import begin

    command, places = ["scalecurve", *sys.argv[1:]], options.places()
    return watched(lambda display: begin(plan, command, places, display))


def _resumed(options: RunOptions, path: Path) -> Path:
    from harness.run.start import resume

    if options.plan or options.given() or options.dry_run:
        raise UsageError("--resume takes its plan from the run file; give no other, no --dry-run")
    places = replace(options.places(), out=path.parent)
    return watched(lambda display: resume(path, places, display))


def _print_cases(plan: Plan, sysfs_root: Path, *, as_json: bool) -> None:
    from harness.report.format import seconds_as_words
    from harness.run.expand import expand
    from harness.run.expected import expected_seconds
    from harness.run.fit import impossible
    from harness.run.metered import metered

    cases = expand(plan)
    likely = tuple(case for case in cases if not case.target.is_cuda and not impossible(case))
    expected = expected_seconds(likely, plan, metered(sysfs_root) if plan.energy else None)
    if as_json:
        rows = [{"case_id": case.id, "slug": case.slug} for case in cases]
        typer.echo(json.dumps({"cases": rows, "expected_seconds": round(expected, 1)}))
        return
    for case in cases:
        typer.echo(_line(case))
    typer.echo(
        f"{len(cases)} cases, {plan.rounds} rounds: about {seconds_as_words(expected)} for those "
        "of the CPU, and the export of what the cache does not have"
    )


def _line(case: Case) -> str:
    from model_zoo.own import is_own
    from model_zoo.solve import parameter_count

    count = _UNKNOWN if is_own(case.model) else f"{parameter_count(case.model):,}"
    return f"{case.id}  {count:>15}  {case.slug}"


def _show(path: Path, *, as_json: bool) -> None:
    """Print the table, or JSON, then where the file and the chart are."""
    from harness.analyse.records import records
    from harness.cli.outcomes import require_any, warn_failed
    from harness.cli.show import print_records
    from harness.report.chart import write_chart
    from harness.report.machine import machine_line
    from harness.store.read import read_run

    run = read_run(path)
    found = records(run)
    print_records(found, as_json=as_json)
    page, picture = write_chart(
        found, _TITLE, path.with_suffix(""), subtitle=machine_line(run.header)
    )
    for written in (path, page, picture):
        typer.echo(f"wrote {written}", err=True)
    warn_failed(found)
    require_any(found)
