"""The Pareto front: cases in two metrics, and the line of those that no other beats in both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from harness.core.choice import Contender, Front
from harness.core.metric import Better
from harness.core.quality import MEASURES
from harness.report.axis import log_axis
from harness.report.charts.cost import metric_title
from harness.report.charts.figure import (
    Figure,
    Specification,
    by_series,
    log_channel,
    only,
    shape_of_series,
    tooltip,
)
from harness.report.charts.panels import backends_in_order, columns_of, one_panel, side_by_side
from harness.report.colours import INK
from harness.report.format import plain_text, quantity

_MOST_NAMED: Final = 2_000
_MOST_SAID: Final = 8


def front_figure(fronts: Sequence[tuple[str, Front]]) -> Figure | None:
    """Draw the first two metrics of fronts, a panel each; None where no case has both.

    Args:
        fronts: Each with the title of its panel; all of the same metrics.
    """
    drawn = [(title, front) for title, front in fronts if front.members]
    if not drawn:
        return None
    metrics = drawn[0][1].metrics
    members = [one for _, front in drawn for one in front.members]
    return Figure(
        name="pareto",
        title=f"{_capital(metric_title(metrics[0]))} against {metric_title(metrics[1])}",
        caption="line and large points: cases that no other beats in both; small: the others",
        summary="; ".join(said(one, metrics) for one in members[:_MOST_SAID]),
        specification=_specification(drawn),
        rows=tuple(row for title, front in drawn for row in front_rows(title, front)),
    )


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def said(one: Contender, metrics: tuple[str, ...]) -> str:
    """Name a case with its values in words."""
    values = (quantity(v, MEASURES[m].unit) for v, m in zip(one.values, metrics, strict=True))
    return f"{plain_text(one.case.slug)} {', '.join(values)}"


def _backend(one: Contender) -> str:
    return plain_text(one.case.target.backend)


def front_rows(
    panel: str, front: Front, series: Callable[[Contender], str] = _backend
) -> Iterator[dict[str, object]]:
    """Describe the cases of a front, and those behind it, in its first two metrics.

    Args:
        panel: Title of the panel in which they are drawn.
        front: Of two metrics or more.
        series: Gives the name in the legend.
    """
    named = len(front.members) + len(front.dominated) <= _MOST_NAMED
    for is_member, group in ((True, front.members), (False, front.dominated)):
        for one in group:
            row = _row(one, front.metrics, is_member=is_member, named=named)
            yield {"panel": panel, "series": series(one), **row}


def _row(
    one: Contender, metrics: tuple[str, ...], *, is_member: bool, named: bool
) -> dict[str, object]:
    texts: Mapping[str, str] = {}
    if named or is_member:
        units = (MEASURES[metric].unit for metric in metrics)
        shown = [quantity(v, unit) for v, unit in zip(one.values, units, strict=True)]
        by = "" if one.dominated_by is None else plain_text(one.dominated_by.slug)
        name = plain_text(one.case.slug)
        texts = {"name": name, "first": shown[0], "second": shown[1], "by": by or "no other"}
    return {
        "kind": "front" if is_member else "behind",
        "x": one.values[0],
        "y": one.values[1],
        **texts,
    }


def _specification(fronts: Sequence[tuple[str, Front]]) -> Specification:
    everyone = [one for _, front in fronts for one in (*front.members, *front.dominated)]
    series = backends_in_order(plain_text(one.case.target.backend) for one in everyone)
    metrics = fronts[0][1].metrics[:2]
    axes = [
        log_axis((one.values[place] for one in everyone), MEASURES[metric].unit, decades=3)
        for place, metric in enumerate(metrics)
    ]
    columns = columns_of(len(fronts))
    panels = []
    for place, (title, _) in enumerate(fronts):
        is_left = place % columns == 0
        x = log_channel("x", axes[0], _title(metrics[0]))
        y = log_channel("y", axes[1], _title(metrics[1]) if is_left else None, labels=is_left)
        layers = front_layers(x, y, series, metrics)
        panels.append(one_panel(title, only(panel=title), layers))
    return side_by_side(panels)


def front_layers(
    x: Specification, y: Specification, series: Sequence[str], metrics: Sequence[str]
) -> list[Specification]:
    """Draw the rows of a front: a line through its members, and points.

    Args:
        x: Position by the first metric.
        y: Position by the second.
        series: Names in the legend, in its order.
        metrics: Names of the two.
    """
    texts = {"name": "case", "first": metric_title(metrics[0]), "second": metric_title(metrics[1])}
    at = {
        "x": x,
        "y": y,
        "color": by_series(series),
        "shape": shape_of_series(series),
        "tooltip": tooltip(**texts, by="beaten in both by"),
    }
    line = {"type": "line", "color": INK, "strokeWidth": 1.2, "interpolate": "step-after"}
    order = {"field": "x", "type": "quantitative"}
    point = {"type": "point", "filled": True}
    return [
        {
            "mark": line,
            "transform": only(kind="front"),
            "encoding": {"x": x, "y": y, "order": order},
        },
        {
            "mark": {**point, "size": 28, "opacity": 0.5},
            "transform": only(kind="behind"),
            "encoding": at,
        },
        {
            "mark": {**point, "size": 80, "opacity": 1},
            "transform": only(kind="front"),
            "encoding": at,
        },
    ]


def _title(metric: str) -> str:
    better = "more is better" if MEASURES[metric].better is Better.HIGHER else "less is better"
    return f"{metric_title(metric)} ({better})"
