"""Charts of cost against parameter count, on log axes: one line a backend, one panel a family."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harness.core.errors import StoreError
from harness.core.record import Record
from harness.report.axis import LogAxis, log_axis
from harness.report.colours import FAINT, FRAME, GRID, INK, PAPER
from harness.report.format import plain_text
from harness.report.page import chart_page
from harness.report.panel import Frame, panel
from harness.report.points import Plot, plot

if TYPE_CHECKING:
    import altair as alt

_METRICS: Final = (
    ("latency_quiet", "latency, quiet"),
    ("throughput_quiet", "items per second, quiet"),
)
"""Drawn one under the other, each with the title of its axis."""

_LIBRARY: Final = "window.vegaEmbed = vegaEmbed;"
"""What the page calls of the drawing library, which is bundled with it."""
_MOST_COLUMNS: Final = 4
_PNG_SCALE: Final = 2
_FONT: Final = "Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"


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
    import vl_convert

    specification = json.dumps(chart(records, title, subtitle=subtitle))
    page = chart_page(plain_text(title), specification, vl_convert.javascript_bundle(_LIBRARY))
    picture = vl_convert.vegalite_to_png(specification, scale=_PNG_SCALE)
    html_path, png_path = (stem.with_name(stem.name + ending) for ending in (".html", ".png"))
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        html_path.write_text(page, encoding="utf-8")
        png_path.write_bytes(picture)
    except OSError as error:
        raise StoreError(f"{error.filename}: cannot write the chart: {error.strerror}") from error
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
    described: dict[str, Any] = _styled(whole).to_dict()
    return described


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
    columns = _columns(len(drawing.families))
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


def _columns(panels: int) -> int:
    """Choose how many panels stand side by side, so that rows are equally long.

    >>> [_columns(panels) for panels in (1, 4, 5, 6, 8)]
    [1, 4, 3, 3, 4]
    """
    rows = math.ceil(panels / _MOST_COLUMNS)
    return math.ceil(panels / rows)


def _styled(whole: alt.VConcatChart) -> alt.VConcatChart:
    """Set fonts and lines: quiet axes, so that the data stands out."""
    return (
        whole.configure(font=_FONT, background=PAPER, padding=16)
        .configure_view(stroke=FRAME)
        .configure_axis(
            grid=True,
            gridColor=GRID,
            domain=False,
            tickColor=FRAME,
            labelColor=FAINT,
            labelFontSize=11,
            titleColor=INK,
            titleFontSize=12,
            titleFontWeight="normal",
            titlePadding=8,
        )
        .configure_title(
            fontSize=18, color=INK, subtitleFontSize=12, subtitleColor=FAINT, subtitlePadding=6
        )
        .configure_legend(
            orient="top",
            direction="horizontal",
            title=None,
            labelFontSize=12,
            labelColor=INK,
            symbolSize=80,
            symbolStrokeWidth=1.5,
            labelLimit=360,
            columns=4,
        )
    )
