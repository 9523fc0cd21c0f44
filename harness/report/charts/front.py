"""The Pareto front: cases in two metrics, and the line of those that no other beats in both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from harness.core.choice import Contender, Front
from harness.core.metric import METRICS, Better
from harness.report.axis import log_axis
from harness.report.charts.cost import metric_title
from harness.report.charts.figure import (
    ROWS,
    Figure,
    Specification,
    by_series,
    log_channel,
    only,
    shape_of_series,
    tooltip,
)
from harness.report.colours import INK
from harness.report.format import plain_text, quantity
from harness.report.points import BACKENDS

_WIDTH: Final = 460
_HEIGHT: Final = 300
"""In CSS pixels, without axes."""
_MOST_NAMED: Final = 2_000


def front_figure(front: Front, name: str = "front", title: str = "") -> Figure | None:
    """Draw the first two metrics of a front; None where no case has both."""
    if not front.members:
        return None
    first, second = front.metrics[:2]
    on, off = len(front.members), len(front.dominated)
    return Figure(
        name=name,
        title=title or f"{metric_title(first)} against {metric_title(second)}",
        caption=f"line: the {on} of {on + off} cases that no other beats in both; small and "
        "pale: the others",
        summary="; ".join(_said(one, front.metrics) for one in front.members[:8]),
        specification=_specification(front),
        rows=tuple(_rows(front)),
    )


def _said(one: Contender, metrics: tuple[str, ...]) -> str:
    values = (quantity(v, METRICS[m].unit) for v, m in zip(one.values, metrics, strict=True))
    return f"{plain_text(one.case.slug)} {', '.join(values)}"


def _rows(front: Front) -> Iterator[dict[str, object]]:
    named = len(front.members) + len(front.dominated) <= _MOST_NAMED
    for is_member, group in ((True, front.members), (False, front.dominated)):
        for one in group:
            yield _row(one, front.metrics, is_member=is_member, named=named)


def _row(
    one: Contender, metrics: tuple[str, ...], *, is_member: bool, named: bool
) -> dict[str, object]:
    texts: Mapping[str, str] = {}
    if named or is_member:
        units = (METRICS[metric].unit for metric in metrics)
        shown = [quantity(v, unit) for v, unit in zip(one.values, units, strict=True)]
        by = "" if one.dominated_by is None else plain_text(one.dominated_by.slug)
        name = plain_text(one.case.slug)
        texts = {"name": name, "first": shown[0], "second": shown[1], "by": by or "no other"}
    return {
        "kind": "front" if is_member else "behind",
        "series": plain_text(one.case.target.backend),
        "x": one.values[0],
        "y": one.values[1],
        **texts,
    }


def _specification(front: Front) -> Specification:
    everyone = (*front.members, *front.dominated)
    backends = {plain_text(one.case.target.backend) for one in everyone}
    series = [name for name in BACKENDS if name in backends] + sorted(backends - set(BACKENDS))
    first, second = front.metrics[:2]
    axes = [
        log_axis((one.values[i] for one in everyone), METRICS[metric].unit, decades=3)
        for i, metric in enumerate((first, second))
    ]
    x = log_channel("x", axes[0], _title(first))
    y = log_channel("y", axes[1], _title(second))
    texts = {"name": "case", "first": metric_title(first), "second": metric_title(second)}
    at = {
        "x": x,
        "y": y,
        "color": by_series(series),
        "shape": shape_of_series(series),
        "tooltip": tooltip(**texts, by="beaten in both by"),
    }
    line = {"type": "line", "color": INK, "strokeWidth": 1.2, "interpolate": "step-after"}
    point = {"type": "point", "filled": True}
    return {
        "data": {"name": ROWS},
        "width": _WIDTH,
        "height": _HEIGHT,
        "layer": [
            {
                "mark": line,
                "transform": only(kind="front"),
                "encoding": {"x": x, "y": y, "order": {"field": "x", "type": "quantitative"}},
            },
            {
                "mark": {**point, "size": 24, "opacity": 0.45},
                "transform": only(kind="behind"),
                "encoding": at,
            },
            {
                "mark": {**point, "size": 70, "opacity": 1},
                "transform": only(kind="front"),
                "encoding": at,
            },
        ],
    }


def _title(metric: str) -> str:
    better = "more is better" if METRICS[metric].better is Better.HIGHER else "less is better"
    return f"{metric_title(metric)} ({better})"
