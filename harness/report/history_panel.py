"""One panel of a history: a metric of a case over its runs, with its epochs and its changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from harness.analyse.history.series import Change, History
from harness.core.comparison import Verdict
from harness.report.colours import COLOURS, FAINT, INK
from harness.report.format import plain_text
from harness.report.history_axis import linear_axis
from harness.report.history_words import epoch_name, level, moment, short_size

if TYPE_CHECKING:
    import altair as alt

_WIDTH: Final = 760
_HEIGHT: Final = 200
"""In CSS pixels, without axes."""
_MILLISECONDS: Final = 1000.0
_MOST_STRETCHES: Final = 12
"""Epochs that take turns more often than this are told apart by colour alone."""
_SHADE: Final = "#f0f3f6"
_MEANING: Final = {Verdict.SLOWER: COLOURS[1], Verdict.FASTER: COLOURS[2], None: COLOURS[4]}
_EPOCHS: Final = (COLOURS[0], COLOURS[3], COLOURS[5], COLOURS[6])
"""None of them means slower or faster."""
_TITLE: Final = 100
_TICKS: Final = 10
_PLAIN: Final = {"zero": False, "nice": False}

Rows = list[dict[str, Any]]


def history_panel(histories: Sequence[History]) -> alt.LayerChart:
    """Draw one metric of one case: every epoch, every run with its interval, every change.

    Args:
        histories: One an epoch, of equal case, metric and unit; each with at least one point.
    """
    import altair as alt

    series = histories[0].series
    points = _points(histories)
    axis = linear_axis(_reach(points), series.unit)
    time = alt.X(
        "time:T" if series.is_dated else "time:Q",
        title=None if series.is_dated else "time",
        scale=alt.Scale(padding=8, **({"type": "utc"} if series.is_dated else _PLAIN)),
        axis=alt.Axis(grid=False, tickCount=_TICKS, labelOverlap="greedy", labelSeparation=8),
    )
    height = {
        "scale": alt.Scale(domain=[axis.low, axis.high], **_PLAIN),
        "axis": alt.Axis(values=list(axis.ticks), labelExpr=axis.label_expression),
        "title": series.metric,
    }
    layers = [
        *_shades(alt, points, time),
        *_changes(alt, histories, time),
        *_runs(alt, points, time, height),
        *_levels(alt, histories, time, height),
    ]
    title = alt.TitleParams(
        text=plain_text(series.case, longest=_TITLE), anchor="start", fontSize=13, color=INK
    )
    return alt.layer(*layers, title=title, width=_WIDTH, height=_HEIGHT)


def _points(histories: Sequence[History]) -> Rows:
    """Describe every run for the page; an end that is not known lies on the value itself."""
    rows = [
        {
            "time": _place(history, number),
            "value": point.value,
            "low": point.low or point.value,
            "high": point.high or point.value,
            "epoch": history.series.epoch.number,
            "named": epoch_name(history.series.epoch),
            "text": level(point.value, history.series.unit),
            "when": moment(point, is_dated=history.series.is_dated),
            "run": plain_text(point.path),
        }
        for history in histories
        for number, point in enumerate(history.series.points)
    ]
    return sorted(rows, key=lambda row: float(row["time"]))


def _reach(points: Rows) -> list[float]:
    """Return what the axis must show: every value, with room for an interval of usual length.

    One run that knows little would else flatten all others; its bar is cut at the border.
    """
    values = [row["value"] for row in points]
    below = median(row["value"] - row["low"] for row in points)
    above = median(row["high"] - row["value"] for row in points)
    return [max(min(values) - below, min(values) / 2), max(values) + above]


def _place(history: History, number: int) -> float:
    time = history.series.points[number].time
    return time * _MILLISECONDS if history.series.is_dated else time


def _shades(alt: Any, points: Rows, time: Any) -> Iterator[Any]:  # noqa: ANN401 - altair has no types
    """Shade every other epoch, and name each at its top."""
    stretches = _stretches(points)
    if not 1 < len(stretches) <= _MOST_STRETCHES:
        return
    shaded = [stretch for stretch in stretches if stretch["number"] % 2 == 0]
    rect = alt.Chart(alt.Data(values=shaded)).mark_rect(color=_SHADE)
    yield rect.encode(x=time, x2="end", tooltip=alt.Tooltip("named:N"))
    data = alt.Chart(alt.Data(values=stretches))
    yield data.mark_text(align="left", baseline="top", dx=4, dy=4, color=FAINT, fontSize=10).encode(
        x=time, y=alt.value(0), text="label:N"
    )


def _stretches(points: Rows) -> Rows:
    """Describe runs of one epoch in a row; a border lies midway between its two runs."""
    parts = [list(found) for _, found in groupby(points, key=lambda row: row["epoch"])]
    middles = [(before[-1]["time"] + after[0]["time"]) / 2 for before, after in pairwise(parts)]
    starts = [points[0]["time"], *middles]
    ends = [*middles, points[-1]["time"]]
    return [
        {
            "time": start,
            "end": end,
            "number": part[0]["epoch"],
            "named": part[0]["named"],
            "label": f"epoch {part[0]['epoch']}",
        }
        for part, start, end in zip(parts, starts, ends, strict=True)
    ]


def _changes(alt: Any, histories: Sequence[History], time: Any) -> Iterator[Any]:  # noqa: ANN401 - altair has no types
    """Mark the runs between which each change happened, with its size above."""
    rows = [_change(history, change) for history in histories for change in history.changes]
    if not rows:
        return
    data = alt.Chart(alt.Data(values=rows))
    colour = alt.Color("colour:N", scale=None)
    yield data.mark_rect(opacity=0.22).encode(x=time, x2="end", color=colour)
    yield data.mark_rule(strokeWidth=1.2, opacity=0.8).encode(x=time, color=colour)
    yield data.mark_text(
        align="left", baseline="bottom", dx=3, dy=-3, fontSize=11, fontWeight="bold"
    ).encode(x=time, y=alt.value(_HEIGHT), text="label:N", color=colour)


def _change(history: History, change: Change) -> dict[str, Any]:
    return {
        "time": _place(history, change.before),
        "end": _place(history, change.after),
        "label": short_size(change.ratio),
        "colour": _MEANING[change.verdict],
    }


def _runs(alt: Any, points: Rows, time: Any, height: Any) -> Iterator[Any]:  # noqa: ANN401 - altair has no types
    data = alt.Chart(alt.Data(values=points))
    numbers = sorted({int(row["epoch"]) for row in points})
    colours = [_EPOCHS[(number - 1) % len(_EPOCHS)] for number in numbers]
    colour = alt.Color("epoch:N", scale=alt.Scale(domain=numbers, range=colours), legend=None)
    yield data.mark_rule(strokeWidth=1, opacity=0.35, clip=True).encode(
        x=time, y=alt.Y("low:Q", **height), y2="high:Q", color=colour
    )
    yield data.mark_point(filled=True, size=22, opacity=0.9).encode(
        x=time,
        y=alt.Y("value:Q", **height),
        color=colour,
        tooltip=[
            alt.Tooltip("when:N"),
            alt.Tooltip("text:N", title="value"),
            alt.Tooltip("named:N", title="epoch"),
            alt.Tooltip("run:N"),
        ],
    )


def _levels(alt: Any, histories: Sequence[History], time: Any, height: Any) -> Iterator[Any]:  # noqa: ANN401 - altair has no types
    """Draw the level between changes, of series that are long enough to have one."""
    rows = [row for history in histories for row in _levels_of(history)]
    if rows:
        yield (
            alt.Chart(alt.Data(values=rows))
            .mark_rule(color=INK, strokeWidth=1.6)
            .encode(x=time, x2="end", y=alt.Y("value:Q", **height))
        )


def _levels_of(history: History) -> Iterator[dict[str, Any]]:
    """Describe each level by where its runs surely are."""
    changes = history.changes
    if not changes:
        return
    levels = [changes[0].level_before, *(change.level_after for change in changes)]
    starts = [0, *(change.after for change in changes)]
    ends = [*(change.before for change in changes), len(history.series.points) - 1]
    for value, start, end in zip(levels, starts, ends, strict=True):
        yield {"time": _place(history, start), "end": _place(history, end), "value": value}
