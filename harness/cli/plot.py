"""`scalecurve plot`: one chart of the report as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.report.charts.figure import Figure
    from harness.report.machine_runs import Machine


def plot(
    runs: Annotated[list[Path], typer.Argument(help="Run files, or folders of them.")],
    *,
    figure: Annotated[
        str, typer.Option(help="Name of a chart of the report; see --list.")
    ] = "cost-latency_quiet",
    metric: Annotated[
        str | None, typer.Option(help="Draw this metric against parameter count instead.")
    ] = None,
    case: Annotated[
        str | None, typer.Option(help="Draw how the latency of this case was distributed instead.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The picture to write, .svg or .png.")] = Path(
        "plot.svg"
    ),
    list_names: Annotated[bool, typer.Option("--list", help="Name the charts there are.")] = False,
) -> None:
    """Draw one chart into a file, as the report draws it; no browser is needed."""
    if metric is not None and case is not None:
        raise UsageError("--metric and --case are different charts; give one of them")
    from harness.cli.measured import read_machines
    from harness.report.html.report import where
    from harness.report.picture import write_picture

    machines = read_machines(runs)
    if list_names:
        _list(machines)
        return
    drawn = _drawn(machines, figure, metric, case)
    write_picture(drawn, out, subtitle="; ".join(map(where, machines)))
    typer.echo(f"wrote {out}: {drawn.title}", err=True)


def _list(machines: Sequence[Machine]) -> None:
    from harness.report.html.report import figures

    found = figures(machines)
    width = max((len(one.name) for one in found), default=0)
    for one in found:
        typer.echo(f"{one.name:<{width}}  {one.title}")


def _drawn(
    machines: Sequence[Machine], figure: str, metric: str | None, case: str | None
) -> Figure:
    if metric is not None:
        return _metric(machines[0], metric)
    if case is not None:
        return _case(machines[0], case)
    from harness.cli.arguments import choose
    from harness.report.html.report import figures

    found = {one.name: one for one in figures(machines)}
    return found[choose(figure, found, "chart")]


def _metric(machine: Machine, name: str) -> Figure:
    from harness.analyse.scaling import laws
    from harness.cli.arguments import choose
    from harness.core.metric import METRICS
    from harness.report.charts.cost import cost_figure

    choose(name, METRICS, "metric")
    if METRICS[name].unit == "1":
        raise UsageError(f"{name} is a share, and has no place on a logarithmic axis")
    drawn = cost_figure(machine.records, name, laws(machine.records, [name]))
    if drawn is None:
        raise UsageError(f"these runs have no value of {name}")
    return drawn


def _case(machine: Machine, slug: str) -> Figure:
    from harness.analyse.distribution import distributions
    from harness.cli.arguments import choose
    from harness.report.charts.histogram import histogram_figure

    known = {record.case.slug: record.case for record in machine.records}
    chosen = known[choose(slug, known, "case")]
    for one in reversed(machine.runs):
        found = distributions(one.run, [chosen.id])
        if chosen.id in found:
            return histogram_figure(chosen, found[chosen.id])
    raise UsageError(f"{slug}: too few samples were taken of it one by one")
