"""`scalecurve report`: one page with the answers, that needs no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from harness.report.machine_runs import Measured


def report(
    runs: Annotated[list[Path], typer.Argument(help="Run files, or folders of them.")],
    *,
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("report.html"),
    title: Annotated[str, typer.Option(help="Its title.")] = "What networks cost to run",
) -> None:
    """Write one self-contained page: answers, charts and every record."""
    from harness.core.errors import StoreError
    from harness.report.html.report import report_page

    page = report_page(read_measured(runs), title=title)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise StoreError(f"{out}: cannot be written: {error.strerror or error}") from error
    typer.echo(f"{out} ({len(page.encode()) / 1e6:.1f} MB)", err=True)


def read_measured(paths: list[Path]) -> tuple[Measured, ...]:
    """Read runs, and work out their records.

    Raises:
        StoreError: a file is missing or cannot be read.
    """
    import gc
    import os

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()  # it would look through every sample again and again, and find nothing
    from harness.analyse.records import records
    from harness.report.machine_runs import Measured
    from harness.store.read import find_runs, read_run

    found = (read_run(path) for path in find_runs(paths))
    return tuple(Measured(run=run, records=records(run)) for run in found)
