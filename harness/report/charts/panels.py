"""Panels that stand side by side, each with its title, its rows and its layers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from harness.report.charts.figure import ROWS, Specification, shape_of_series
from harness.report.points import BACKENDS

WIDTH: Final = 240
HEIGHT: Final = 220
"""Of a usual panel in CSS pixels, without axes."""
_MOST_COLUMNS: Final = 4


def columns_of(panels: int) -> int:
    """Choose how many panels stand side by side, so that rows are equally long.

    >>> [columns_of(panels) for panels in (1, 4, 5, 6, 8)]
    [1, 4, 3, 3, 4]
    """
    rows = math.ceil(panels / _MOST_COLUMNS)
    return math.ceil(panels / rows)


def side_by_side(
    panels: Sequence[Specification], *, columns: int = 0, spacing: int = 16
) -> Specification:
    """Put panels into rows, all drawn from the figure's rows.

    Args:
        panels: At least one.
        columns: Panels of a row; 0 for as many as make equally long rows.
        spacing: Between panels, in CSS pixels.
    """
    return {
        "data": {"name": ROWS},
        "concat": list(panels),
        "columns": columns or columns_of(len(panels)),
        "spacing": spacing,
    }


def one_panel(
    title: str,
    rows: Sequence[Specification],
    layers: Sequence[Specification],
    *,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Specification:
    """Describe a panel.

    Args:
        title: Above it.
        rows: Which of the figure's rows it draws, see `only`.
        layers: One over the other.
        size: Width and height in CSS pixels, without axes.
    """
    return {
        "title": {"text": title, "anchor": "start", "frame": "group", "fontSize": 13},
        "width": size[0],
        "height": size[1],
        "transform": list(rows),
        "layer": list(layers),
    }


def line_with_intervals(
    at: Specification,
    y: Specification,
    series: Sequence[str],
    shown: Sequence[Specification],
) -> list[Specification]:
    """Draw a line through points, each with a bar from its field `low` to its field `high`.

    Args:
        at: Position across, colour and what else tells lines apart.
        y: Position up.
        series: Names in the legend, in its order.
        shown: Fields that a point shows when it is pointed at, see `tooltip`.
    """
    ends = {"y": {**y, "field": "low"}, "y2": {"field": "high"}}
    point = {"y": y, "shape": shape_of_series(series), "tooltip": list(shown)}
    return [
        {"mark": {"type": "line", "strokeWidth": 1.8}, "encoding": {**at, "y": y}},
        {"mark": {"type": "rule", "strokeWidth": 1.3}, "encoding": {**at, **ends}},
        {
            "mark": {"type": "point", "filled": True, "size": 48, "opacity": 1},
            "encoding": {**at, **point},
        },
    ]


def backends_in_order(names: Iterable[str]) -> list[str]:
    """Order names of backends as every legend has them; others stand last."""
    given = set(names)
    return [name for name in BACKENDS if name in given] + sorted(given - set(BACKENDS))
