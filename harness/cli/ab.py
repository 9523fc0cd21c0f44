"""`scalecurve ab`: two interpreters side by side on this machine, and what changed between them."""

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
    from harness.analyse.compare.settings import Settings
    from harness.run.plan import Plan

PAIRS: Final = 5
"""Fewer leave wide intervals: what remains between equal processes is seen over pairs only."""
PAIR_SECONDS: Final = 4.0
_FAREWELL: Final = "interrupted: finished pairs are on disk; an A/B run is not resumed, begin again"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbOptions(PlanFlags):
    """What is to be measured, on which two sides, and how the answer is printed."""

    base: Annotated[str, typer.Option(help="Python of what is known: a file, or a folder of one.")]
    candidate: Annotated[str, typer.Option(help="Python of what is asked about: likewise.")]
    rounds: Annotated[
        int | None, typer.Option("--pairs", "--rounds", help="Pairs of fresh processes of a case.")
    ] = PAIRS
    seconds: Annotated[
        float | None,
        typer.Option("--pair-seconds", "--seconds", help="Limit of a pair's sampling, both sides."),
    ] = PAIR_SECONDS
    threshold: Annotated[float, typer.Option(help="Relative change of a time that matters.")] = 0.02
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the cases and the time expected.")
    ] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False


@filled(AbOptions)
def ab(options: AbOptions) -> None:
    """Measure two interpreters in turns on the same core, and say what changed.

    Worker code is this installation's on both sides; numpy and the runtime are each side's own.
    """
    if options.as_json and options.as_markdown:
        raise UsageError("--json and --markdown are different answers; give one of them")
    settings = _settings(options.threshold)
    plan = replace(options.wanted(), memory=False)
    if options.dry_run:
        _print_cases(options, plan)
        return
    path = _measured(options, plan)
    _print_verdicts(path, options, settings)


def _settings(threshold: float) -> Settings:
    from harness.analyse.compare.settings import Settings

    try:
        return Settings(threshold=threshold)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _measured(options: AbOptions, plan: Plan) -> Path:
    from harness.run.ab import Sides, begin

    sides = Sides(base=options.base, candidate=options.candidate)
    command, places = ["scalecurve", *sys.argv[1:]], options.places()
    return watched(lambda display: begin(plan, sides, command, places, display), _FAREWELL)


def _print_cases(options: AbOptions, plan: Plan) -> None:
    """Print the cases and the time expected, once both interpreters are known to be some."""
    from harness.report.format import seconds_as_words
    from harness.run.ab import Sides, examine_sides, require_pinning
    from harness.run.ab_session import expected_seconds
    from harness.run.expand import expand
    from harness.run.start import scratch

    require_pinning()
    with scratch() as folder:
        examine_sides(Sides(base=options.base, candidate=options.candidate), folder)
    cases = expand(plan)
    expected = expected_seconds(cases, plan)
    if options.as_json:
        rows = [{"case_id": case.id, "slug": case.slug} for case in cases]
        typer.echo(json.dumps({"cases": rows, "expected_seconds": round(expected, 1)}))
        return
    for case in cases:
        typer.echo(f"{case.id}  {case.slug}")
    typer.echo(
        f"{len(cases)} cases, {plan.rounds} pairs of each: about {seconds_as_words(expected)}, and "
        "the export of what the cache does not have"
    )


def _print_verdicts(path: Path, options: AbOptions, settings: Settings) -> None:
    """Print what differs, what changed, and where the run file is."""
    from harness.analyse.compare.compare import compare_effects
    from harness.analyse.pairs import effects_of_pairs
    from harness.cli.compare import print_compared
    from harness.report.sides import sides_lines
    from harness.report.verdicts_data import as_json
    from harness.store.read import read_run

    run = read_run(path)
    compared = compare_effects(effects_of_pairs(run, settings), {}, settings)
    if options.as_json:
        typer.echo(as_json(compared.comparisons))
    else:
        mark = "- " if options.as_markdown else ""
        typer.echo("\n".join(f"{mark}{line}" for line in sides_lines(run.header)) + "\n")
        print_compared(compared, as_markdown=options.as_markdown)
    typer.echo(f"wrote {path}", err=True)
