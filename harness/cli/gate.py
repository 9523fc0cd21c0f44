"""`scalecurve gate`: may this change go in? The answer is the exit code."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.arguments import choose_all
from harness.cli.lean import start_lean
from harness.cli.options import filled
from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.analyse.baseline import Choice
    from harness.analyse.compare.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """What is asked about, what it is held against, and where the answer goes."""

    candidate: Annotated[
        Path, typer.Argument(help="A run file, or a folder of them: its newest run.")
    ] = Path("runs")
    baseline: Annotated[
        Path | None,
        typer.Option(help="A run file, or a folder: its newest comparable run. Not for A/B runs."),
    ] = None
    strict: Annotated[
        bool, typer.Option("--strict", help="End with 3 where something is not decided.")
    ] = False
    max_age: Annotated[
        float, typer.Option(help="Days after which a baseline is stale; said loudly.")
    ] = 30.0
    across: Annotated[
        str, typer.Option(help="Hard keys that may differ, comma-separated; `machine` for all.")
    ] = ""
    metrics: Annotated[
        str | None, typer.Option(help="Gated metrics, comma-separated; the usual ones by default.")
    ] = None
    experienced: Annotated[
        bool, typer.Option(help="Judge times as experienced, not in the quiet state.")
    ] = False
    threshold: Annotated[
        float, typer.Option(help="Relative change of a time that matters, at least.")
    ] = 0.02
    confirm: Annotated[
        bool,
        typer.Option("--confirm/--no-confirm", help="Measure flagged cases again before an alarm."),
    ] = True
    cache: Annotated[Path | None, typer.Option(help="Folder for exported networks.")] = None
    sysfs_root: Annotated[Path, typer.Option(help="Where /sys is, in a container.")] = Path("/")
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML to this file.")] = None
    markdown: Annotated[
        Path | None, typer.Option(help="Write a comment for a pull request to this file.")
    ] = None
    summary: Annotated[
        bool, typer.Option("--summary", help="Append to the file that $GITHUB_STEP_SUMMARY names.")
    ] = False
    annotations: Annotated[
        bool, typer.Option("--annotations", help="Write annotations of GitHub Actions.")
    ] = False
    badge: Annotated[
        Path | None, typer.Option(help="Write the JSON of a shields endpoint to this file.")
    ] = None
    openmetrics: Annotated[
        Path | None, typer.Option(help="Write OpenMetrics text to this file.")
    ] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False


@filled(GateOptions)
def gate(options: GateOptions) -> None:
    """Judge a run against its baseline, or the two sides of an A/B run against each other.

    Exit codes: 0 no regression; 1 a regression, or a case that no longer runs; 2 wrong usage; 3
    inconclusive and --strict; 4 the measurement is not to be believed; 5 no comparable baseline.
    """
    start_lean()
    from harness.cli.gate_answer import answer
    from harness.cli.gate_outputs import Outputs, write_outputs

    outputs = Outputs(
        junit=options.junit,
        markdown=options.markdown,
        summary=options.summary,
        annotations=options.annotations,
        badge=options.badge,
        openmetrics=options.openmetrics,
        as_json=options.as_json,
    )
    outputs.require_summary()
    found = answer(options, settings_of(options), choice_of(options))
    write_outputs(found, outputs, sys.stdout)
    raise typer.Exit(int(found.gate.ending))


def settings_of(options: GateOptions) -> Settings:
    """Return what a comparison is asked.

    Raises:
        UsageError: a metric does not exist, or a number is out of range.
    """
    from harness.analyse.compare.rules import RULES
    from harness.analyse.compare.settings import GATED, Settings

    metrics = GATED if options.metrics is None else choose_all(options.metrics, RULES, "metric")
    try:
        return Settings(
            metrics=metrics,
            experienced=options.experienced,
            across=_across(options),
            threshold=options.threshold,
        )
    except ValueError as error:
        raise UsageError(str(error)) from error


def choice_of(options: GateOptions) -> Choice:
    """Return what is asked of a baseline.

    Raises:
        UsageError: a key does not exist, or the age is none.
    """
    from harness.analyse.baseline import Choice

    if not options.max_age >= 0:
        raise UsageError(f"--max-age: {options.max_age} is no number of days")
    return Choice(max_age_days=options.max_age, across=_across(options))


def _across(options: GateOptions) -> frozenset[str]:
    from harness.analyse.compare.comparable import PROBE_KEY
    from harness.analyse.compare.settings import EVERY_HARD_KEY
    from harness.environment.comparability import HARD_KEYS

    keys = (*HARD_KEYS, PROBE_KEY, EVERY_HARD_KEY)
    return frozenset(choose_all(options.across, keys, "key") if options.across else ())
