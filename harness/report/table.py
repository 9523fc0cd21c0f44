"""Tables of records: cells laid out for a terminal, for a file, and for Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, Literal, TextIO

from harness.core.record import Record
from harness.report.columns import columns_for, measured_in, shared_conditions
from harness.report.footnotes import footnotes
from harness.report.format import DASH
from harness.report.inputs import inputs_line
from harness.report.order import in_order, is_skipped, measured_first
from harness.report.skipped import skipped_lines

_GAP: Final = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Text in rows and columns, ready to be laid out."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """As many cells in each as there are headings."""
    flush_right: tuple[bool, ...]
    """By column."""
    notes: tuple[str, ...] = ()
    """Lines under the table."""


def tables(
    records: Iterable[Record], metrics: Sequence[str] = (), *, every: bool = False
) -> tuple[Table, ...]:
    """Lay out records in one table a scenario; what was skipped is counted under it by reason.

    Args:
        records: In any order.
        metrics: Names of the metrics to show; the usual ones where empty. A scenario that measures
            none of them has no table, unless that would leave none at all.
        every: Whether what was skipped has rows, too: after all others.
    """
    found = groupby(in_order(records), key=lambda record: record.case.scenario)
    groups = {scenario: tuple(group) for scenario, group in found}
    shown = {scenario: measured_in(scenario, metrics) for scenario in groups}
    if metrics and any(shown.values()):
        return tuple(_table(groups[s], names, every) for s, names in shown.items() if names)
    return tuple(_table(group, metrics, every) for group in groups.values())


def _table(records: tuple[Record, ...], metrics: Sequence[str], every: bool) -> Table:  # noqa: FBT001
    rows = measured_first(records) if every else tuple(r for r in records if not is_skipped(r))
    columns = columns_for(rows or records, metrics)
    inputs = inputs_line(record.case.model for record in records)
    return Table(
        title=f"{records[0].case.scenario}: {shared_conditions(rows or records)}",
        headings=tuple(column.heading for column in columns),
        rows=tuple(tuple(column.cell(record) for column in columns) for record in rows),
        flush_right=tuple(column.is_number for column in columns),
        notes=(
            *((inputs,) if inputs else ()),
            *footnotes(rows, columns),
            *(() if every else skipped_lines(records)),
        ),
    )


def plain(table: Table) -> str:
    """Lay out with spaces; no line ends in one. Without rows there are no headings either."""
    widths = [max(map(len, cells)) for cells in zip(table.headings, *table.rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        placed = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, table.flush_right, strict=True)
        )
        return _GAP.join(placed).rstrip()

    rule = _GAP.join("-" * width for width in widths)
    rows = [line(table.headings), rule, *map(line, table.rows)] if table.rows else []
    return _apart(table.title, rows, table.notes)


def markdown(table: Table) -> str:
    """Lay out as Markdown; a cell cannot end its column or start a tag."""
    rule = ("---:" if right else "---" for right in table.flush_right)
    rows = [_row(map(_escape, row)) for row in table.rows]
    head = [_row(map(_escape, table.headings)), _row(rule)] if rows else []
    notes = [f"- {_escape(note)}" for note in table.notes]
    return _apart(f"**{_escape(table.title)}**", [*head, *rows], notes)


def _apart(title: str, *blocks: Sequence[str]) -> str:
    """Put an empty line between title, rows and notes; what is empty has none."""
    return "\n\n".join([title, *("\n".join(block) for block in blocks if block)])


def print_table(table: Table, stream: TextIO) -> None:
    """Write with bold headings to a terminal, and as plain text to anything else.

    Where the terminal is too narrow, cells are broken between value and interval, then lines
    are longer than the terminal: a number is never broken.
    """
    if not stream.isatty():
        stream.write(f"{plain(table)}\n")
        return
    from rich.console import Console  # slow to import, and of no use without a terminal
    from rich.table import Table as RichTable
    from rich.text import Text

    console = Console(file=stream, highlight=False)
    shown = table if _width(table) <= console.width else _broken(table)
    console.width = max(console.width, _width(shown))
    drawn = RichTable(box=None, pad_edge=False, padding=(0, len(_GAP), 0, 0))
    for heading, right in zip(shown.headings, shown.flush_right, strict=True):
        justify: Literal["right", "left"] = "right" if right else "left"
        drawn.add_column(Text(heading), justify=justify, no_wrap=True)
    for row in shown.rows:
        drawn.add_row(*map(Text, row))
    console.print(Text(f"{table.title}\n"), soft_wrap=True)
    if shown.rows:
        console.print(drawn)
    for number, note in enumerate(table.notes):
        console.print(Text(note if number else f"\n{note}", style="dim"), soft_wrap=True)


def _width(table: Table) -> int:
    """Return the characters that the longest line needs."""
    widths = (
        max(len(line) for cell in cells for line in cell.split("\n"))
        for cells in zip(table.headings, *table.rows, strict=True)
    )
    return sum(width + len(_GAP) for width in widths)


def _broken(table: Table) -> Table:
    """Put intervals, codes and remarks on a line of their own."""
    rows = tuple(tuple(map(_break, row)) for row in table.rows)
    headings = tuple(heading.replace(" ", "\n") for heading in table.headings)
    return replace(table, headings=headings, rows=rows)


def _break(cell: str) -> str:
    r"""Break a cell where it may be broken.

    >>> _break("1.23 ms [1.20, 1.26]"), _break("skipped: no_cuda_device"), _break("mlp (control)")
    ('1.23 ms\n[1.20, 1.26]', 'skipped:\nno_cuda_device', 'mlp\n(control)')
    """
    for mark in (" [", " ("):
        cell = cell.replace(mark, f"\n{mark[1:]}")
    for mark in (f"{DASH} ", ": "):
        cell = cell.replace(mark, f"{mark[:-1]}\n")
    return cell


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(text: str) -> str:
    r"""Keep text from being read as Markdown or HTML.

    >>> _escape("a|b<script>")
    'a\\|b&lt;script>'
    """
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
