"""Cost against parameter count: a panel a family, a line a target, laws and intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from harness.core.record import Record
from harness.core.scaling import Law
from harness.report.axis import LogAxis, log_axis
from harness.report.charts.figure import (
    Figure,
    Specification,
    by_series,
    log_channel,
    only,
    rounded,
    shape_of_series,
    tooltip,
)
from harness.report.charts.panels import columns_of, one_panel, side_by_side
from harness.report.format import plain_text, quantity
from harness.report.laws_layer import law_rows
from harness.report.points import Plot, Point, plot

_MOST_NAMED: Final = 2_000
"""Points that bear a text of their own; with more of them a page would be mostly that."""
_DASHES: Final[Specification] = {
    "condition": {"test": "datum.holds", "value": [1, 0]},
    "value": [5, 4],
}
"""A law that does not hold is dashed."""
_TITLES: Final = {
    "latency_quiet": "quiet latency",
    "latency_p50": "median latency, as experienced",
    "latency_p99": "99th percentile of latency, as experienced",
    "throughput_quiet": "quiet items per second",
    "throughput": "items per second, as experienced",
    "peak_rss": "peak host memory",
    "energy_per_item": "energy per item",
    "prepare_time": "time to prepare",
    "artifact_bytes": "size on disk",
}


def metric_title(metric: str) -> str:
    """Name a metric as an axis does."""
    return _TITLES.get(metric, metric.replace("_", " "))


def cost_figure(records: Iterable[Record], metric: str, laws: Sequence[Law] = ()) -> Figure | None:
    """Draw a metric of all cases of its scenarios; None where no case has a value.

    Args:
        records: Of one machine, in any order.
        metric: Its name.
        laws: Drawn through the points of their series; the points are then not joined.
    """
    found = tuple(records)
    if all(record.values[metric].value is None for record in found):
        return None
    drawing = plot(found, metric)
    if drawing is None or not drawing.points:
        return None
    title = metric_title(metric)
    rows = _rows(drawing, laws)
    has_laws = any(row["kind"] == "law" for row in rows)
    return Figure(
        name=f"cost-{metric}",
        title=f"{title[0].upper()}{title[1:]} against parameter count",
        caption=_caption(drawing, has_laws=has_laws),
        summary=_summary(drawing, title),
        specification=_specification(drawing, title, with_laws=has_laws),
        rows=rows,
    )


def _caption(drawing: Plot, *, has_laws: bool) -> str:
    parts = ["bars: 95 % interval over trials"]
    if has_laws:
        parts.append("lines: laws with their 95 % interval, dashed where they do not hold")
    if drawing.missing:
        parts.append(f"gaps: {drawing.missing} cases without a value, the table says why")
    return "; ".join(parts)


def _summary(drawing: Plot, title: str) -> str:
    """Say what each family's lines span."""
    parts = []
    for family in drawing.families:
        points = [point for point in drawing.points if point.family == family]
        if points:
            low = min(points, key=lambda point: point.value)
            high = max(points, key=lambda point: point.value)
            unit = drawing.metric.unit
            span = f"{quantity(low.value, unit)} to {quantity(high.value, unit)}"
            parts.append(f"{family} {span} ({low.series} to {high.series})")
    return f"{title}, by family: {'; '.join(parts)}."


def _specification(drawing: Plot, title: str, *, with_laws: bool) -> Specification:
    sizes = log_axis((point.parameter_count for point in drawing.points), "", decades=2)
    ends = [end for p in drawing.points for end in (p.value, p.low, p.high) if end is not None]
    costs = log_axis(ends, drawing.metric.unit, decades=3)
    drawn = {point.series for point in drawing.points}
    series = tuple(name for name in drawing.series if name in drawn)
    batch = f", batch {drawing.batch_sizes[0]}" if len(drawing.batch_sizes) == 1 else ""
    columns = columns_of(len(drawing.families))
    panels = [
        _panel(
            family,
            series,
            log_channel(
                "parameter_count",
                sizes,
                "parameters" if place + columns >= len(drawing.families) else None,
            ),
            _costs(costs, f"{title}{batch}", is_left=place % columns == 0),
            with_laws=with_laws,
        )
        for place, family in enumerate(drawing.families)
    ]
    return side_by_side(panels)


def _costs(axis: LogAxis, title: str, *, is_left: bool) -> Specification:
    return log_channel("value", axis, title if is_left else None, labels=is_left)


def _panel(
    family: str,
    series: Sequence[str],
    x: Specification,
    y: Specification,
    *,
    with_laws: bool,
) -> Specification:
    """Draw one family: joined points, or points beside their laws."""
    colour = by_series(series)
    points = only(kind="point")
    joined = _joined(x, y, colour)
    low, high = {**y, "field": "low"}, {"field": "high"}
    bars = {
        "mark": {"type": "rule", "strokeWidth": 1.3},
        "transform": points,
        "encoding": {"x": x, "y": low, "y2": high, "color": colour},
    }
    marks = {
        "mark": {"type": "point", "filled": True, "size": 48, "opacity": 1, "strokeWidth": 0.7},
        "transform": points,
        "encoding": {
            "x": x,
            "y": y,
            "color": colour,
            "shape": shape_of_series(series),
            "tooltip": tooltip(name="case", text="value"),
        },
    }
    layers = [joined, *_law_layers(x, y, colour)] if with_laws else [joined]
    return one_panel(family, only(family=family), [*layers, bars, marks])


def _joined(x: Specification, y: Specification, colour: Specification) -> Specification:
    encoding = {"x": x, "y": y, "color": colour, "detail": {"field": "segment"}}
    mark = {"type": "line", "strokeWidth": 1.8, "opacity": 0.85}
    return {"mark": mark, "transform": only(kind="point", joined=True), "encoding": encoding}


def _law_layers(x: Specification, y: Specification, colour: Specification) -> list[Specification]:
    laws = only(kind="law")
    low = {**y, "field": "low"}
    band = {"x": x, "y": low, "y2": {"field": "high"}, "color": colour}
    line = {"x": x, "y": y, "color": colour}
    return [
        {
            "mark": {"type": "area", "opacity": 0.15, "clip": True},
            "transform": [*laws, {"filter": "datum.holds"}],
            "encoding": band,
        },
        {
            "mark": {"type": "line", "strokeWidth": 1.8, "opacity": 0.85, "clip": True},
            "transform": laws,
            "encoding": {**line, "strokeDash": _DASHES},
        },
    ]


def _rows(drawing: Plot, laws: Iterable[Law]) -> tuple[dict[str, object], ...]:
    """Make the rows of points and laws; points are joined where no law goes through them."""
    of_laws = _law_rows(drawing, laws)
    through = {(row["family"], row["series"]) for row in of_laws}
    named = len(drawing.points) <= _MOST_NAMED
    return (
        *(
            _point_row(point, named=named, joined=(point.family, point.series) not in through)
            for point in drawing.points
        ),
        *of_laws,
    )


def _point_row(point: Point, *, named: bool, joined: bool) -> dict[str, object]:
    """Describe a point; an end that is not known lies on the value itself."""
    texts = {"name": point.name, "text": point.text} if named else {}
    return {
        "kind": "point",
        "family": point.family,
        "series": point.series,
        "segment": point.segment,
        "joined": joined,
        "parameter_count": point.parameter_count,
        "value": rounded(point.value),
        "low": rounded(point.low or point.value),
        "high": rounded(point.high or point.value),
        **texts,
    }


def _law_rows(drawing: Plot, laws: Iterable[Law]) -> list[dict[str, object]]:
    """Sample each law in the colour of the points that it was fitted to."""
    series = {point.case_id: point.series for point in drawing.points}
    rows: list[dict[str, object]] = []
    for law in laws:
        case = law.points[0].case
        if law.subject is None or case is None or case.id not in series:
            continue
        head = {"kind": "law", "family": plain_text(law.subject.family)}
        rows += [{**head, **_short(row)} for row in law_rows(law, series[case.id])]
    return rows


def _short(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        name: rounded(value) if isinstance(value, float) else value for name, value in row.items()
    }
