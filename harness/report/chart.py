"""Charts of cost against parameter count, on log axes: one line a backend, one panel a family."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness.core.record import Record
from harness.report.axis import LogAxis, log_axis
from harness.report.charts.figure import styled
from harness.report.charts.panels import columns_of
from harness.report.format import plain_text
from harness.report.page import chart_page
from harness.report.panel import Frame, panel
from harness.report.picture import as_png, drawing_library, write_file
from harness.report.points import Plot, plot

if TYPE_CHECKING:
    import altair as alt

_METRICS: Final = (
    ("latency_quiet", "latency, quiet"),
    ("throughput_quiet", "items per second, quiet"),
)
"""Drawn one under the other, each with the title of its axis."""


def write_chart(
    records: Iterable[Record], title: str, stem: Path, *, subtitle: str = ""
) -> tuple[Path, Path]:
    """Draw quiet latency, and throughput where it was measured, with their intervals.

    Args:
        records: In any order.
        title: Above everything.
        stem: Path without the ending; its folder is made.
        subtitle: Where and when it was measured, see `harness.report.machine`.

    Returns:
        An HTML page that needs no network, and a PNG picture.

    Raises:
        StoreError: the folder cannot be written to.
    """
    specification = json.dumps(chart(records, title, subtitle=subtitle))
    page = chart_page(plain_text(title), specification, drawing_library())
    html_path, png_path = (stem.with_name(stem.name + ending) for ending in (".html", ".png"))
    write_file(html_path, page.encode())
    write_file(png_path, as_png(specification))
    return html_path, png_path


def chart(records: Iterable[Record], title: str, *, subtitle: str = "") -> dict[str, Any]:
    """Describe the chart as a Vega-Lite specification; missing values are gaps."""
    import altair as alt

    found = tuple(records)
    drawn = [(plot(found, metric), axis_title) for metric, axis_title in _METRICS]
    plots = [(drawing, axis_title) for drawing, axis_title in drawn if drawing]
    drawn_series = {point.series for drawing, _ in plots for point in drawing.points}
    named = dict.fromkeys(name for drawing, _ in plots for name in drawing.series)
    series = tuple(name for name in named if name in drawn_series or not drawn_series)
    sizes = log_axis(
        (p.parameter_count for drawing, _ in plots for p in drawing.points), "", decades=2
    )
    blocks = [_panels(drawing, axis_title, sizes, series) for drawing, axis_title in plots]
    whole = alt.vconcat(*blocks, spacing=30, title=_title(title, subtitle, plots))
    return styled(whole)


def _title(title: str, subtitle: str, plots: Sequence[tuple[Plot, str]]) -> alt.TitleParams:
    import altair as alt

    missing = sum(drawing.missing for drawing, _ in plots)
    cases = missing + sum(len(drawing.points) for drawing, _ in plots)
    legend = "bars: 95 % interval over trials"
    if missing:
        legend += f"; gaps: {missing} of {cases} cases without a value, the table says why"
    lines = [line for line in (plain_text(subtitle), legend) if line]
    return alt.TitleParams(text=plain_text(title), subtitle=lines, anchor="start", offset=16)


def _panels(
    drawing: Plot, cost_title: str, sizes: LogAxis, series: tuple[str, ...]
) -> alt.ConcatChart:
    """Draw one panel a family, side by side, all with the same axes."""
    import altair as alt

    ends = (end for p in drawing.points for end in (p.value, p.low, p.high) if end is not None)
    costs = log_axis(ends, drawing.metric.unit, decades=3)
    batch = f", batch {drawing.batch_sizes[0]}" if len(drawing.batch_sizes) == 1 else ""
    frame = Frame(sizes=sizes, costs=costs, cost_title=f"{cost_title}{batch}", series=series)
    columns = columns_of(len(drawing.families))
    panels = [
        panel(
            frame,
            family,
            [point for point in drawing.points if point.family == family],
            is_left=index % columns == 0,
            is_bottom=index + columns >= len(drawing.families),
        )
        for index, family in enumerate(drawing.families)
    ]
    return alt.concat(*panels, columns=columns, spacing=16)
