"""Tables of records: cells laid out for a terminal, for a file, and for Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TextIO

from harness.core.record import Record
from harness.report.columns import columns_for, measured_in, shared_conditions
from harness.report.footnotes import footnotes
from harness.report.inputs import inputs_line
from harness.report.order import in_order

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


def tables(records: Iterable[Record], metrics: Sequence[str] = ()) -> tuple[Table, ...]:
    """Lay out records in one table a scenario.

    Args:
        records: In any order.
        metrics: Names of the metrics to show; the usual ones where empty. A scenario that measures
            none of them has no table, unless that would leave none at all.
    """
    found = groupby(in_order(records), key=lambda record: record.case.scenario)
    groups = {scenario: tuple(group) for scenario, group in found}
    shown = {scenario: measured_in(scenario, metrics) for scenario in groups}
    if metrics and any(shown.values()):
        return tuple(_table(groups[s], names) for s, names in shown.items() if names)
    return tuple(_table(group, metrics) for group in groups.values())


def _table(records: tuple[Record, ...], metrics: Sequence[str]) -> Table:
    columns = columns_for(records, metrics)
    inputs = inputs_line(record.case.model for record in records)
    return Table(
        title=f"{records[0].case.scenario}: {shared_conditions(records)}",
        headings=tuple(column.heading for column in columns),
        rows=tuple(tuple(column.cell(record) for column in columns) for record in records),
        flush_right=tuple(column.is_number for column in columns),
        notes=(*((inputs,) if inputs else ()), *footnotes(records, columns)),
    )


def plain(table: Table) -> str:
    """Lay out with spaces; no line ends in one."""
    widths = [max(map(len, cells)) for cells in zip(table.headings, *table.rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        placed = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, table.flush_right, strict=True)
        )
        return _GAP.join(placed).rstrip()

    rule = _GAP.join("-" * width for width in widths)
    body = [line(table.headings), rule, *(line(row) for row in table.rows)]
    return "\n".join([table.title, "", *body, *([""] if table.notes else []), *table.notes])


def markdown(table: Table) -> str:
    """Lay out as Markdown; a cell cannot end its column or start a tag."""
    rule = ("---:" if right else "---" for right in table.flush_right)
    rows = [_row(map(_escape, table.headings)), _row(rule)]
    rows += [_row(map(_escape, row)) for row in table.rows]
    notes = [f"- {_escape(note)}" for note in table.notes]
    return "\n".join([f"**{_escape(table.title)}**", "", *rows, *([""] if notes else []), *notes])


def print_table(table: Table, stream: TextIO) -> None:
    """Write with rules and bold headings to a terminal, and as plain text to anything else."""
    if not stream.isatty():
        stream.write(f"{plain(table)}\n")
        return
    from rich.console import Console  # slow to import, and of no use without a terminal
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(title=Text(table.title), title_justify="left", show_edge=False)
    for heading, right in zip(table.headings, table.flush_right, strict=True):
        drawn.add_column(Text(heading), justify="right" if right else "left", overflow="fold")
    for row in table.rows:
        drawn.add_row(*map(Text, row))
    console = Console(file=stream, highlight=False)
    console.print(drawn)
    for note in table.notes:
        console.print(Text(note, style="dim"))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(text: str) -> str:
    r"""Keep text from being read as Markdown or HTML.

    >>> _escape("a|b<script>")
    'a\\|b&lt;script>'
    """
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
