"""`scalecurve report`: one page with the answers, that needs no network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.options import filled

if TYPE_CHECKING:
    from harness.core.quality import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """What the page is of, and what its reader asks."""

    runs: Annotated[list[Path], typer.Argument(help="Run files, or folders of them.")]
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("report.html")
    title: Annotated[str, typer.Option(help="Its title.")] = "What networks cost to run"
    most: Annotated[
        list[str] | None,
        typer.Option("--max", help="Budget: metric=quantity, for example latency_p99=10ms."),
    ] = None
    least: Annotated[
        list[str] | None,
        typer.Option("--min", help="Budget: metric=quantity, for example throughput=100/s."),
    ] = None
    front: Annotated[
        str, typer.Option(help="Two or three metrics of the Pareto front, comma-separated.")
    ] = "latency_quiet,peak_rss"
    quality: Annotated[
        Path | None, typer.Option(help="File of trained networks, to draw quality against cost.")
    ] = None


@filled(ReportOptions)
def report(options: ReportOptions) -> None:
    """Write one self-contained page: answers, charts and every record.

    Runs of several machines are held against those of the one that was measured first.
    """
    from harness.cli.arguments import choose_all
    from harness.cli.limits import parse_limits
    from harness.core.metric import METRICS

    metrics = choose_all(options.front, METRICS, "metric")
    most, least = options.most or (), options.least or ()
    limits = parse_limits(most, least) if most or least else None
    from harness.cli.measured import read_machines
    from harness.report.html.asked import USUAL_LIMITS, Wishes
    from harness.report.html.report import report_page

    wishes = Wishes(
        limits=USUAL_LIMITS if limits is None else limits,
        front=metrics,
        study=None if options.quality is None else _study(options.quality),
    )
    page = report_page(read_machines(options.runs), title=options.title, wishes=wishes)
    _write(options.out, page)
    typer.echo(f"wrote {options.out} ({len(page.encode()) / 1e6:.1f} MB)", err=True)


def _study(path: Path) -> Study:
    from harness.analyse.quality import study
    from harness.store.quality import read_quality

    return study(read_quality(path))


def _write(path: Path, page: str) -> None:
    from harness.core.errors import StoreError

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from error
