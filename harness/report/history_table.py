"""Histories as tables: what changed, newest first, and the series that were looked at."""

from __future__ import annotations

from collections.abc import Sequence

from harness.analyse.history.series import FEWEST, Change, History
from harness.report.format import count, plain_text
from harness.report.history_words import (
    epoch_name,
    level,
    meaning,
    moment,
    place,
    size,
    state,
)
from harness.report.table import Table

_CHANGES = ("case", "metric", "verdict", "change", "before", "after", "between", "and", "within")
_SERIES = ("case", "metric", "points", "first", "last", "latest", "changes")
_NUMBERS = frozenset({"change", "before", "after", "points", "latest", "within"})
_EPOCH = "epoch"


def changes_table(histories: Sequence[History]) -> Table:
    """Lay out every change, the newest first; without one the table has no rows, and says so."""
    with_epochs = _have_epochs(histories)
    pairs = [(history, change) for history in histories for change in history.changes]
    pairs.sort(key=lambda pair: -pair[0].series.points[pair[1].after].time)
    return _table(
        title=f"{_number(len(pairs))} in {count(len(histories))} series",
        headings=_CHANGES,
        rows=[_change_row(history, change, with_epochs) for history, change in pairs],
        with_epochs=with_epochs,
        notes=_notes(histories, is_found=bool(pairs)),
    )


def series_table(histories: Sequence[History]) -> Table:
    """Lay out every series with its latest value."""
    with_epochs = _have_epochs(histories)
    return _table(
        title=f"{count(len(histories))} series",
        headings=_SERIES,
        rows=[_series_row(history, with_epochs) for history in histories],
        with_epochs=with_epochs,
        notes=(),
    )


def _table(
    *,
    title: str,
    headings: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    with_epochs: bool,
    notes: tuple[str, ...],
) -> Table:
    shown = (*headings[:2], *([_EPOCH] if with_epochs else []), *headings[2:])
    return Table(
        title=title,
        headings=shown,
        rows=tuple(rows),
        flush_right=tuple(heading in _NUMBERS for heading in shown),
        notes=notes,
    )


def _change_row(history: History, change: Change, with_epochs: bool) -> tuple[str, ...]:  # noqa: FBT001 - private
    series = history.series
    before, after = series.points[change.before], series.points[change.after]
    return (
        *_identity(history, with_epochs),
        meaning(change),
        size(change.ratio),
        level(change.level_before, series.unit),
        level(change.level_after, series.unit),
        moment(before, is_dated=series.is_dated),
        moment(after, is_dated=series.is_dated),
        place(change),
    )


def _series_row(history: History, with_epochs: bool) -> tuple[str, ...]:  # noqa: FBT001 - private
    series = history.series
    points = series.points
    ends = [moment(point, is_dated=series.is_dated) for point in (points[:1] + points[-1:])]
    return (
        *_identity(history, with_epochs),
        count(len(points)),
        *(ends or ["", ""]),
        level(points[-1].value, series.unit) if points else "",
        state(history),
    )


def _number(changes: int) -> str:
    """Count changes.

    >>> _number(0), _number(1), _number(2)
    ('no lasting change', '1 lasting change', '2 lasting changes')
    """
    return f"{count(changes) if changes else 'no'} lasting change{'s' if changes > 1 else ''}"


def _identity(history: History, with_epochs: bool) -> tuple[str, ...]:  # noqa: FBT001 - private
    series = history.series
    epoch = [epoch_name(series.epoch)] if with_epochs else []
    return (plain_text(series.case), series.metric, *epoch)


def _have_epochs(histories: Sequence[History]) -> bool:
    return any(history.series.epoch.total > 1 for history in histories)


def _notes(histories: Sequence[History], *, is_found: bool) -> tuple[str, ...]:
    """Say what the table cannot: where nothing can be said, and what was left out."""
    short = sum(not history.is_long_enough for history in histories)
    left_out = sum(history.series.left_out for history in histories)
    notes = []
    if is_found:
        notes.append(
            "between, and: the last run surely before the change, the first surely after it; "
            "change: after over before, 95 % interval"
        )
    if _have_epochs(histories):
        notes.append("epoch: runs under equal conditions; nothing is compared across epochs")
    if short:
        notes.append(
            f"{count(short)} of {count(len(histories))} series have fewer than {FEWEST} points: "
            "too few to say anything"
        )
    if left_out:
        notes.append(f"{count(left_out)} values are not above zero and were left out")
    return tuple(notes)
