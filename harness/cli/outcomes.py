"""What a command that measured says of cases without numbers, and when it ends with 4."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import typer

from harness.core.trial import Status

if TYPE_CHECKING:
    from harness.core.record import Record

EXIT_NOT_MEASURED: Final = 4
"""Of a command that was to measure and could not."""


def warn_failed(records: Sequence[Record]) -> None:
    """Say on standard error how many cases failed, and of what."""
    told = _counted(records, Status.FAILED)
    if told:
        failed = sum(record.outcome.status is Status.FAILED for record in records)
        typer.echo(f"{failed} of {len(records)} cases failed: {told}", err=True)


def require_any(records: Sequence[Record]) -> None:
    """End with 4 where no case was measured: whoever waits for numbers has none.

    Raises:
        typer.Exit: there is not one completed case.
    """
    if any(record.outcome.status is Status.COMPLETED for record in records):
        return
    told = _counted(records, Status.SKIPPED)
    skipped = f": skipped for {told}" if told else ""
    typer.echo(f"nothing was measured{skipped}", err=True)
    raise typer.Exit(EXIT_NOT_MEASURED)


def _counted(records: Sequence[Record], status: Status) -> str:
    """Count the cases that ended so by the code of their reason, the commonest first."""
    found = Counter(
        str(record.outcome.reason.code)
        for record in records
        if record.outcome.status is status and record.outcome.reason is not None
    )
    return ", ".join(f"{count} {code}" for code, count in found.most_common())
