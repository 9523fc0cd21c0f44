"""Tables of records: cells laid out for a terminal, for a file, and for Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, Literal, TextIO

from harness.core.record import Record
from harness.core.trial import Status
from harness.report.columns import Column, columns_for, measured_in, shared_conditions
from harness.report.footnotes import footnotes
from harness.report.format import DASH
from harness.report.inputs import inputs_line
from harness.report.order import in_order

_GAP: Final = "  "
_FEW: Final = 3
"""Skipped cases of one target and reason that still have a row each."""


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
        rows=tuple(_cells(group, columns) for group in _alike(records)),
        flush_right=tuple(column.is_number for column in columns),
        notes=(*((inputs,) if inputs else ()), *footnotes(records, columns)),
    )


def _alike(records: Iterable[Record]) -> list[list[Record]]:
    """Put what was skipped on one target for one reason together, where it is more than a few."""
    groups: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        outcome = record.outcome
        is_skipped = outcome.status is Status.SKIPPED and outcome.reason is not None
        key = (record.case.target, outcome.reason) if is_skipped else (record.case.id,)
        groups.setdefault(key, []).append(record)
    return [
        part
        for group in groups.values()
        for part in ([group] if len(group) > _FEW else [[record] for record in group])
    ]


def _cells(group: Sequence[Record], columns: Sequence[Column]) -> tuple[str, ...]:
    """Fill a row; of several records, with what they have in common."""
    texts = [tuple(dict.fromkeys(column.cell(record) for record in group)) for column in columns]
    first = texts[0][0] if len(group) == 1 else f"{len(group)} cases"
    return (first, *(text[0] if len(text) == 1 else "" for text in texts[1:]))


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
