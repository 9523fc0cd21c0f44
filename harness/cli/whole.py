"""Whether a run that was read is all that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from harness.core.run import Run

_LONGEST: Final = 400
"""Characters of a sentence from a run file."""


def warn_unfinished(run: Run) -> None:
    """Say on standard error that a run is not whole."""
    from harness.report.format import plain_text

    path = plain_text(run.path, longest=_LONGEST)
    if run.torn:
        typer.echo(f"{path}: {plain_text(run.torn, longest=_LONGEST)}", err=True)
    if run.end is None:
        goes_on = run.header.candidate is None  # the sides of an A/B run belong to one time
        how = f"`scalecurve run --resume {path}` goes on" if goes_on else "`ab` begins a new one"
        typer.echo(f"{path}: the run did not end; {how}", err=True)


def warn_of_sides(run: Run) -> None:
    """Say on standard error that only the baseline of an A/B run is looked at."""
    from harness.report.format import plain_text

    if run.header.candidate is not None:
        path = plain_text(run.path, longest=_LONGEST)
        typer.echo(f"{path}: an A/B run: only its baseline is compared here", err=True)
