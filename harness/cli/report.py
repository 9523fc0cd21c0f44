"""`scalecurve report`: one page with the answers, that needs no network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    runs: Annotated[list[Path], typer.Argument(help="Run files, or folders of them.")],
    *,
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("report.html"),
    title: Annotated[str, typer.Option(help="Its title.")] = "What networks cost to run",
) -> None:
    """Write one self-contained page: answers, charts and every record."""
    from harness.cli.measured import read_machines
    from harness.core.errors import StoreError
    from harness.report.html.report import report_page

    page = report_page(read_machines(runs), title=title)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise StoreError(f"{out}: cannot be written: {error.strerror or error}") from error
    typer.echo(f"{out} ({len(page.encode()) / 1e6:.1f} MB)", err=True)
