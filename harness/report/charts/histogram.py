"""How the latency of one case was distributed: shares of its samples in bars."""

from __future__ import annotations

from typing import Any, Final

from harness.analyse.distribution import Histogram
from harness.core.case import Case
from harness.report.charts.figure import ROWS, Figure, rounded, tooltip
from harness.report.colours import COLOURS, INK
from harness.report.format import count, plain_text, quantity
from harness.report.linear_axis import LinearAxis, linear_axis

_WIDTH: Final = 640
_HEIGHT: Final = 240
"""In CSS pixels, without axes."""
_TICKS: Final = 8
_MEDIAN: Final = {
    "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
    "transform": [{"filter": "isValid(datum.median)"}],
    "encoding": {"x": {"field": "median", "type": "quantitative"}},
}
"""A dashed line at the median, in the row that has it."""


def histogram_figure(case: Case, histogram: Histogram) -> Figure:
    """Draw one case; the page puts other cases' rows and axes in its place."""
    x = seconds_axis(histogram)
    return Figure(
        name="distribution",
        title="How latency was distributed",
        caption=f"{plain_text(case.slug)}; {said(histogram)}",
        summary=said(histogram),
        specification={
            "data": {"name": ROWS},
            "width": _WIDTH,
            "height": _HEIGHT,
            "layer": [
                {
                    "mark": {"type": "bar", "color": COLOURS[0], "opacity": 0.8},
                    "encoding": {
                        "x": {
                            "field": "low",
                            "type": "quantitative",
                            "title": "latency as experienced",
                            "scale": {"zero": False, "nice": False},
                            "axis": {**x.described(), "grid": False},
                        },
                        "x2": {"field": "high"},
                        "y2": {"datum": 0},
                        "y": {
                            "field": "samples",
                            "type": "quantitative",
                            "title": "samples",
                            "axis": {"format": ",d", "tickMinStep": 1},
                        },
                        "tooltip": tooltip(span="latency", samples="samples"),
                    },
                },
                _MEDIAN,
            ],
        },
        rows=tuple(histogram_rows(histogram)),
    )


def histogram_rows(histogram: Histogram) -> list[dict[str, object]]:
    """Return a row a bar; the first one bears the median."""
    rows: list[dict[str, object]] = []
    for place, samples in enumerate(histogram.counts):
        low = histogram.low + place * histogram.step
        high = low + histogram.step
        span = f"{quantity(low, 's')} to {quantity(high, 's')}"
        median = {} if place else {"median": histogram.median}
        rows.append({"low": low, "high": high, "samples": samples, "span": span, **median})
    return rows


def seconds_axis(histogram: Histogram) -> LinearAxis:
    """Lay the axis under the bars."""
    high = histogram.low + len(histogram.counts) * histogram.step
    return linear_axis(histogram.low, high, "s", ticks=_TICKS)


def said(histogram: Histogram) -> str:
    """Say what the bars come to."""
    return (
        f"{count(histogram.samples)} samples in {histogram.trials} trials; "
        f"dashed: the median, {quantity(histogram.median, 's')}; "
        f"the last bar holds everything slower, up to {quantity(histogram.largest, 's')}"
    )


def compact(histogram: Histogram) -> dict[str, Any]:
    """Describe a histogram for the page, from which it makes the rows when a case is chosen."""
    axis = seconds_axis(histogram)
    return {
        "low": rounded(histogram.low),
        "step": rounded(histogram.step),
        "median": rounded(histogram.median),
        "counts": list(histogram.counts),
        "ticks": list(axis.ticks),
        "labels": axis.label_expression,
        "text": said(histogram),
    }
