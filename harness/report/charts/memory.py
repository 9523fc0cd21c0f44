"""What host memory is made of: runtime, weights and working memory, one bar a case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from harness.core.record import Record
from harness.report.charts.figure import ROWS, Figure, Specification, only, tooltip
from harness.report.charts.panels import columns_of
from harness.report.colours import COLOURS
from harness.report.format import plain_text, quantity, scaled_count
from harness.report.linear_axis import linear_axis
from harness.report.order import in_order

_PARTS: Final = {
    "runtime_rss": "interpreter and runtime",
    "weights_rss": "weights",
    "working_rss": "working memory",
}
_STEP: Final = 15
"""CSS pixels of one bar with the space beside it."""
_WIDTH: Final = 165
_MOST: Final = 300
"""Bars that can still be told apart on a page."""


def memory_figure(records: Iterable[Record]) -> Figure | None:
    """Draw cases with all three parts, a panel a family; None where there is none."""
    found = [record for record in in_order(records) if _is_whole(record)][:_MOST]
    if not found:
        return None
    families = tuple(dict.fromkeys(plain_text(record.case.model.family) for record in found))
    rows = tuple(row for record in found for row in _rows(record))
    return Figure(
        name="memory",
        title="What host memory is made of",
        caption="of a fresh process: what the runtime takes before the load, what the load "
        "keeps, and what running adds at most",
        summary=_summary(found),
        specification=_specification(families, found),
        rows=rows,
    )


def _is_whole(record: Record) -> bool:
    return not record.case.replica and all(record.values[name].value is not None for name in _PARTS)


def _total(record: Record) -> float:
    return sum(record.values[name].value or 0.0 for name in _PARTS)


def _summary(records: Sequence[Record]) -> str:
    low, high = min(records, key=_total), max(records, key=_total)
    return (
        f"{len(records)} cases from {quantity(_total(low), 'B')} ({plain_text(low.case.slug)}) "
        f"to {quantity(_total(high), 'B')} ({plain_text(high.case.slug)})."
    )


def _rows(record: Record) -> Iterator[dict[str, object]]:
    case = record.case
    for place, (name, part) in enumerate(_PARTS.items()):
        value = record.values[name].value or 0.0
        yield {
            "family": plain_text(case.model.family),
            "bar": f"{plain_text(case.target.backend)} {_size(record)}",
            "backend": plain_text(case.target.backend),
            "parameter_count": record.parameter_count,
            "case": plain_text(case.slug),
            "part": part,
            "place": place,
            "bytes": value,
            "text": quantity(value, "B"),
        }


def _size(record: Record) -> str:
    """Name the size; the network itself where nobody knows it."""
    if record.parameter_count is None:
        return plain_text(record.case.slug.partition("/")[0])
    return scaled_count(record.parameter_count)


def _specification(families: Sequence[str], records: Sequence[Record]) -> Specification:
    axis = linear_axis(0, max(map(_total, records)) * 1.04, "B", ticks=4)
    columns = columns_of(len(families))
    colours = {"domain": list(_PARTS.values()), "range": [COLOURS[6], COLOURS[0], COLOURS[4]]}
    panels = [
        {
            "title": {"text": family, "anchor": "start", "frame": "group", "fontSize": 13},
            "width": _WIDTH,
            "height": {"step": _STEP},
            "transform": only(family=family),
            "mark": {"type": "bar"},
            "encoding": {
                "y": {"field": "bar", "type": "nominal", "title": None, "sort": None},
                "x": {
                    "field": "bytes",
                    "type": "quantitative",
                    "title": "resident memory",
                    "scale": {"domain": [axis.low, axis.high], "nice": False},
                    "axis": axis.described(),
                },
                "color": {"field": "part", "type": "nominal", "title": None, "scale": colours},
                "order": {"field": "place", "type": "ordinal"},
                "tooltip": tooltip(case="case", part="part", text="memory"),
            },
        }
        for family in families
    ]
    return {"data": {"name": ROWS}, "concat": panels, "columns": columns, "spacing": 16}
