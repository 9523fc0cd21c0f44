"""Rows as Markdown: a table of figures against bounds, then what stands behind each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.bench.row import Row

_HEAD: Final = ("row", "figure", "bound", "met")


def markdown(rows: Sequence[Row]) -> str:
    """Render rows in the order given: the table, and below it the details of each."""
    cells = [_HEAD, *((r.name, r.figure, r.bound, "yes" if r.met else "no") for r in rows)]
    lines = [_line(row) for row in cells]
    lines.insert(1, "| " + " | ".join("---" for _ in _HEAD) + " |")
    parts = ["\n".join(lines), *(_details(row) for row in rows if row.detail)]
    return "\n\n".join(parts) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", "<br>")


def _details(row: Row) -> str:
    items = "\n".join(f"- {line}" for line in row.detail.strip().splitlines())
    return f"**{row.name}**\n\n{items}"
