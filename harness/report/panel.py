"""One panel of a chart: the lines of one family, with points and intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from harness.report.axis import LogAxis
from harness.report.colours import COLOURS, FAINT, INK, SHAPES, chosen
from harness.report.points import Point

if TYPE_CHECKING:
    import altair as alt

_WIDTH: Final = 240
_HEIGHT: Final = 220
"""In CSS pixels, without axes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What all panels of one metric share."""

    sizes: LogAxis
    costs: LogAxis
    cost_title: str
    series: tuple[str, ...]
    """Every line of the whole chart, in the order of the legend."""


def panel(
    frame: Frame, family: str, points: Sequence[Point], *, is_left: bool, is_bottom: bool
) -> alt.LayerChart:
    """Draw the points of one family, joined where nothing is missing between them.

    Args:
        frame: The axes and lines that it shares with its neighbours.
        family: Its title.
        points: Of this family; with none the panel is empty and says so.
        is_left: Whether it bears labels and title of the vertical axis.
        is_bottom: Whether it bears the title of the horizontal axis.
    """
    import altair as alt

    sizes = _axis(frame.sizes, "parameters" if is_bottom else None, with_labels=True)
    costs = _axis(frame.costs, frame.cost_title if is_left else None, with_labels=is_left)
    rows = [_row(point) for point in points]
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("parameter_count:Q", **sizes),
        color=_by_series(alt.Color, frame.series, COLOURS),
    )
    height = alt.Y("value:Q", **costs)
    lines = base.mark_line(strokeWidth=1.8, opacity=0.85).encode(y=height, detail="segment:N")
    bars = base.mark_errorbar(ticks={"size": 6}, thickness=1.3)
    marks = base.mark_point(filled=True, size=48, opacity=1, stroke="white", strokeWidth=0.7)
    layers = [
        lines,
        bars.encode(y=alt.Y("low:Q", **costs), y2="high:Q"),
        marks.encode(
            y=height,
            shape=_by_series(alt.Shape, frame.series, SHAPES),
            tooltip=[
                alt.Tooltip("name:N", title="case"),
                alt.Tooltip("text:N", title=frame.cost_title),
            ],
        ),
    ]
    if not points:
        layers.append(_empty())
    return alt.layer(*layers, title=_title(family), width=_WIDTH, height=_HEIGHT)


def _title(family: str) -> alt.TitleParams:
    import altair as alt

    return alt.TitleParams(text=family, anchor="start", frame="group", fontSize=13, color=INK)


def _row(point: Point) -> dict[str, Any]:
    """Describe a point for the page; an end that is not known lies on the value itself."""
    bar = {"low": point.low or point.value, "high": point.high or point.value}
    return asdict(point) | bar


def _empty() -> alt.Chart:
    """Say that there is nothing to draw, in the middle of the panel."""
    import altair as alt

    text = alt.Chart(alt.Data(values=[{}])).mark_text(color=FAINT, text="no value")
    return text.encode(x=alt.value(_WIDTH / 2), y=alt.value(_HEIGHT / 2))


def _axis(axis: LogAxis, title: str | None, *, with_labels: bool) -> dict[str, Any]:
    """Describe scale, ticks and title of one axis."""
    import altair as alt

    return {
        "scale": alt.Scale(type="log", domain=[axis.low, axis.high], nice=False),
        "axis": alt.Axis(
            values=list(axis.ticks),
            labelExpr=axis.label_expression,
            labels=with_labels,
            labelOverlap="parity",
        ),
        "title": title,
    }


def _by_series(channel: Any, series: Sequence[str], values: Sequence[str]) -> Any:  # noqa: ANN401 - altair's channels have no type in common
    """Give every line its colour or shape; a backend has the same in every chart."""
    import altair as alt

    scale = alt.Scale(domain=list(series), range=chosen(series, values))
    return channel("series:N", scale=scale, title=None)
