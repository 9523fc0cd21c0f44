"""`scalecurve compare`: what changed between two runs, and how sure that is."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.arguments import choose_all
from harness.cli.lean import start_lean
from harness.cli.whole import warn_of_sides, warn_unfinished
from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.analyse.compare.compared import Compared
    from harness.analyse.compare.measured import Measured
    from harness.analyse.compare.settings import Settings
    from harness.core.run import QuietLevel


def compare(  # noqa: PLR0913 - one parameter an option, as typer has it
    base: Annotated[Path, typer.Argument(help="What is known: a run file, or a folder of them.")],
    candidate: Annotated[Path, typer.Argument(help="What is asked about: likewise.")],
    *,
    experienced: Annotated[
        bool, typer.Option(help="Compare times as experienced, not in the quiet state.")
    ] = False,
    across: Annotated[
        str, typer.Option(help="Hard keys that may differ, comma-separated; `machine` for all.")
    ] = "",
    metrics: Annotated[
        str | None, typer.Option(help="Gated metrics, comma-separated; the usual ones by default.")
    ] = None,
    threshold: Annotated[
        float, typer.Option(help="Relative change of a time that matters, at least.")
    ] = 0.02,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
) -> None:
    """Say of every case whether it is slower, faster, equivalent, or not yet known.

    Ends with 5 where the runs are not comparable; `gate` turns verdicts into exit codes.
    """
    if as_json + as_csv + as_markdown > 1:
        raise UsageError("--json, --csv and --markdown are different answers; give one of them")
    start_lean()
    settings = _settings(experienced, across, metrics, threshold)
    compared = compare_paths(base, candidate, settings)
    if as_json or as_csv:
        from harness.report.verdicts_data import as_csv as to_csv
        from harness.report.verdicts_data import as_json as to_json

        write = to_json if as_json else to_csv
        typer.echo(write(compared.comparisons), nl=as_json)
    else:
        print_compared(compared, as_markdown=as_markdown)


def compare_paths(base: Path, candidate: Path, settings: Settings) -> Compared:
    """Compare files or folders; each run is read, reduced and let go of before the next.

    Raises:
        NotComparable: the runs differ in what they must not.
        StoreError: a path is no run.
        UsageError: one file is on both sides.
    """
    from harness.analyse.compare.compare import compare_measured
    from harness.analyse.compare.measured import measure
    from harness.store.calibration import stored_floors
    from harness.store.level import state_folder
    from harness.store.read import find_runs, read_run

    def reduce(path: Path) -> Measured:
        run = read_run(path)
        warn_unfinished(run)
        warn_of_sides(run)
        return measure(run, settings.compared)

    def again(run: Measured, level: QuietLevel) -> Measured:
        return measure(read_run(Path(run.path)), settings.compared, level=level)

    paths = find_runs([base]), find_runs([candidate])
    _require_two_sides(*paths)
    sides = [list(map(reduce, side)) for side in paths]
    floors = stored_floors(state_folder(), sides[0][0].environment.hard_keys)
    return compare_measured((sides[0], sides[1]), again, floors, settings)


def _require_two_sides(base: Sequence[Path], candidate: Sequence[Path]) -> None:
    """Refuse a file on both sides: what is compared with itself is always equivalent."""
    ours = {path.resolve() for path in base}
    for path in candidate:
        if path.resolve() in ours:
            raise UsageError(f"{path} is on both sides; give two runs, or folders that share none")


def print_compared(compared: Compared, *, as_markdown: bool = False) -> None:
    """Print verdicts for people to standard output."""
    from harness.report.table import markdown, print_table
    from harness.report.verdicts import remarks, verdict_tables

    if compared.proven is False:
        typer.echo("NOT PROVEN: the control case moved, so no verdict is to be believed.\n")
    for table in verdict_tables(compared):
        if as_markdown:
            typer.echo(f"{markdown(table)}\n")
        else:
            print_table(table, sys.stdout)
            typer.echo()
    mark = "- " if as_markdown else ""
    for line in remarks(compared):
        typer.echo(f"{mark}{line}")


def _settings(experienced: bool, across: str, metrics: str | None, threshold: float) -> Settings:  # noqa: FBT001
    from harness.analyse.compare.comparable import PROBE_KEY
    from harness.analyse.compare.rules import RULES
    from harness.analyse.compare.settings import EVERY_HARD_KEY, GATED, Settings
    from harness.environment.comparability import HARD_KEYS

    keys = (*HARD_KEYS, PROBE_KEY, EVERY_HARD_KEY)
    chosen = GATED if metrics is None else choose_all(metrics, RULES, "metric")
    allowed = choose_all(across, keys, "key") if across else ()
    try:
        return Settings(
            metrics=chosen,
            experienced=experienced,
            across=frozenset(allowed),
            threshold=threshold,
        )
    except ValueError as error:
        raise UsageError(str(error)) from error
