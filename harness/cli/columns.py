"""Two columns of a comma-separated file as points of a law."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path

from harness.core.errors import UsageError
from harness.core.scaling import SizePoint


def read_points(path: Path, x: str, y: str) -> tuple[SizePoint, ...]:
    """Read sizes and costs; lines where both cells are empty do not count.

    Raises:
        UsageError: the file cannot be read, lacks a column, or a cell is no positive number.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            known = reader.fieldnames or ()
            for name in (x, y):
                if name not in known:
                    raise UsageError(f"{path}: no column {name!r}; there are {', '.join(known)}")
            found = tuple(
                _point(row, (x, y), f"{path}:{reader.line_num}")
                for row in reader
                if row[x] or row[y]
            )
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: no comma-separated text: {error}") from None
    if not found:
        raise UsageError(f"{path}: no line with numbers")
    return found


def _point(row: Mapping[str, str | None], names: tuple[str, str], place: str) -> SizePoint:
    size, cost = (_number(row[name], name, place) for name in names)
    return SizePoint(size=size, cost=cost)


def _number(text: str | None, name: str, place: str) -> float:
    try:
        number = float(text or "")
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise UsageError(f"{place}: {name} is {text!r}; expected a positive number")
    return number
