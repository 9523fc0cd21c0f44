"""A series of another tool: comma-separated values with the columns `time` and `value`."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from harness.analyse.history.rows import seconds_of
from harness.analyse.history.series import Epoch, Point, Series
from harness.core.errors import UsageError
from harness.core.metric import Better

_COLUMNS: Final = ("time", "value")
_MOST_TOLD: Final = 5
"""Bad rows that are named; the others are counted."""
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A series, and what was put right in it."""

    series: Series
    remarks: tuple[str, ...] = ()


def import_csv(text: str, name: str, better: Better = Better.LOWER) -> Imported:
    """Read a series; rows out of order are sorted, equal times stay in the order of the file.

    Args:
        text: With a heading; columns other than `time` and `value` are not looked at. Times are
            all dates of ISO 8601, or all numbers.
        name: Of the file, for messages.
        better: The direction in which the values improve.

    Raises:
        UsageError: a column is missing, or rows are bad; the message names them by their lines.
    """
    points, is_dated = _read(text, name)
    ordered = sorted(points, key=lambda point: point.time)
    remarks = []
    if ordered != points:
        remarks.append(f"{name}: rows were not in the order of time; they were sorted")
    twice = len(ordered) - len({point.time for point in ordered})
    if twice:
        remarks.append(f"{name}: {twice} rows have the time of another; their order is the file's")
    series = Series(
        case=name,
        case_id="",
        metric="value",
        unit="",
        better=better,
        epoch=Epoch(),
        points=tuple(ordered),
        is_dated=is_dated,
    )
    return Imported(series=series, remarks=tuple(remarks))


def _read(text: str, name: str) -> tuple[list[Point], bool]:
    points: list[Point] = []
    kinds: set[bool] = set()
    faults: list[str] = []
    for line, row in _rows(text, name):
        try:
            point, is_dated = _point(row)
            _require_one_kind(row, {*kinds, is_dated})
        except ValueError as error:
            faults.append(f"{name}:{line}: {error}")
        else:
            kinds.add(is_dated)
            points.append(point)
    if faults:
        more = len(faults) - _MOST_TOLD
        told = [*faults[:_MOST_TOLD], *([f"and {more} more rows"] if more > 0 else [])]
        raise UsageError("\n".join(told))
    if not points:
        raise UsageError(f"{name}: no rows under the heading; expected times and values")
    return points, kinds.pop()


def _rows(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        heading = [cell.strip().lower() for cell in next(reader, [])]
        places = _places(heading, name)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, _chosen(cells, places)
    except csv.Error as error:
        raise UsageError(f"{name}:{reader.line_num}: {error}") from error


def _places(heading: Sequence[str], name: str) -> dict[str, int]:
    missing = [column for column in _COLUMNS if column not in heading]
    if missing:
        found = ", ".join(heading)[:_LONGEST] or "nothing"
        raise UsageError(
            f"{name}:1: no column {' and no column '.join(missing)}; "
            f"expected a heading with time,value, found {found}"
        )
    return {column: heading.index(column) for column in _COLUMNS}


def _chosen(cells: Sequence[str], places: dict[str, int]) -> dict[str, str]:
    return {
        column: cells[place].strip()[:_LONGEST] if place < len(cells) else ""
        for column, place in places.items()
    }


def _point(row: dict[str, str]) -> tuple[Point, bool]:
    time, is_dated = _time(row["time"])
    value = _number(row["value"])
    if value is None or not 0 < value < math.inf:
        raise ValueError(
            f"value {row['value']!r}; expected a number above zero, whose logarithm is taken"
        )
    return Point(time=time, label=row["time"], value=value), is_dated


def _require_one_kind(row: dict[str, str], kinds: set[bool]) -> None:
    if len(kinds) > 1:
        raise ValueError(f"time {row['time']!r}: dates and numbers are mixed")


def _time(text: str) -> tuple[float, bool]:
    number = _number(text)
    if number is not None and math.isfinite(number):
        return number, False
    try:
        return seconds_of(text), True
    except (ValueError, OverflowError):
        message = f"time {text!r}; expected a number or a date such as 2026-01-31T12:00:00Z"
        raise ValueError(message) from None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
