"""The noun of a chart: what is drawn, from which rows, and what it says in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from harness.report.axis import LogAxis
from harness.report.colours import COLOURS, FAINT, FRAME, GRID, INK, PAPER, SHAPES, chosen
from harness.report.format import plain_text

if TYPE_CHECKING:
    import altair as alt

Specification = dict[str, Any]
"""Vega-Lite, as plain data: of 10,000 rows no library checks every one."""

ROWS: Final = "rows"
"""Name of a figure's data in its specification."""
_FONT: Final = "Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"
_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
"""Names the language; nobody fetches it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One chart."""

    name: str
    """Of its files, for example `cost-latency_quiet`."""
    title: str
    caption: str
    """How to read it."""
    summary: str
    """What it shows, in words, for whoever cannot see it."""
    specification: Mapping[str, Any]
    """Without data, title and style; it draws the rows named `ROWS`."""
    rows: tuple[Mapping[str, Any], ...]
    """In SI units without a prefix; one a mark, all with the same names."""


def drawable(figure: Figure, *, subtitle: str = "") -> Specification:
    """Return the whole specification, as a picture needs it: with its data, title and style.

    Args:
        figure: What to draw.
        subtitle: Where and when it was measured.
    """
    lines = [line for line in (plain_text(subtitle, longest=300), figure.caption) if line]
    title = {"text": figure.title, "subtitle": lines, "anchor": "start", "offset": 16}
    return {
        "$schema": _SCHEMA,
        **figure.specification,
        "title": title,
        "datasets": {ROWS: list(figure.rows)},
        "config": STYLE,
    }


def log_channel(
    field: str, axis: LogAxis, title: str | None, *, labels: bool = True
) -> Specification:
    """Describe a position on a logarithmic axis."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"type": "log", "domain": [axis.low, axis.high], "nice": False},
        "axis": {
            "values": list(axis.ticks),
            "labelExpr": axis.label_expression,
            "labels": labels,
            "labelOverlap": "parity",
        },
    }


def by_series(series: Sequence[str], *, field: str = "series") -> Specification:
    """Give every line its colour."""
    scale = {"domain": list(series), "range": chosen(series, COLOURS)}
    return {"field": field, "type": "nominal", "title": None, "scale": scale}


def shape_of_series(series: Sequence[str], *, field: str = "series") -> Specification:
    """Give every line its shape, in the same legend as its colour."""
    scale = {"domain": list(series), "range": chosen(series, SHAPES)}
    return {"field": field, "type": "nominal", "title": None, "scale": scale}


def tooltip(**titles: str) -> list[Specification]:
    """Show these fields when a mark is pointed at: texts, formatted before they come here."""
    return [{"field": field, "type": "nominal", "title": title} for field, title in titles.items()]


def only(**values: object) -> list[Specification]:
    """Keep the rows that have these values."""
    return [{"filter": {"field": field, "equal": value}} for field, value in values.items()]


def rounded(value: float) -> float:
    """Keep six digits of what is drawn: no eye sees more, and pages stay small.

    >>> rounded(0.00123456789)
    0.00123457
    """
    return float(f"{value:.6g}")


STYLE: Final[Specification] = {
    "font": _FONT,
    "background": PAPER,
    "padding": 16,
    "view": {"stroke": FRAME},
    "axis": {
        "grid": True,
        "gridColor": GRID,
        "domain": False,
        "tickColor": FRAME,
        "labelColor": FAINT,
        "labelFontSize": 11,
        "titleColor": INK,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
    },
    "title": {
        "fontSize": 16,
        "color": INK,
        "subtitleFontSize": 12,
        "subtitleColor": FAINT,
        "subtitlePadding": 6,
    },
    "header": {"labelColor": INK, "labelFontSize": 12, "titleColor": INK},
    "legend": {
        "orient": "top",
        "direction": "horizontal",
        "title": None,
        "labelFontSize": 12,
        "labelColor": INK,
        "symbolSize": 80,
        "symbolOpacity": 1,
        "symbolStrokeWidth": 1.5,
        "labelLimit": 360,
        "columns": 4,
    },
    "text": {"color": FAINT},
}
"""Quiet axes, so that the data stands out."""


def styled(whole: alt.VConcatChart) -> Specification:
    """Return the specification of charts that altair put together, in the style of all charts."""
    described: Specification = whole.to_dict()
    return {**described, "config": STYLE}
