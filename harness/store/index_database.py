"""The tables of an index. The only file that imports DuckDB; no extension is ever loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np

from harness.store.index_columns import (
    Columns,
    Read,
    Stamp,
    entry_columns,
    parted,
    read_entry,
    run_columns,
)
from harness.store.index_row import Line, Selection, Wanted

VERSION: Final = 1
"""Raised with every change of the tables or of what is put into them; others are rebuilt."""

Broken: Final = duckdb.Error
"""Whatever goes wrong with the file of an index, or with its content."""

_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "memory_limit": "2GB",
}

_TABLES: Final = """
CREATE TABLE version (number INTEGER, rules VARCHAR);
CREATE TABLE runs (
    run INTEGER, path VARCHAR, bytes BIGINT, written_ns BIGINT, run_id VARCHAR,
    started_at VARCHAR, time DOUBLE, hard_keys VARCHAR, comparability_key VARCHAR,
    probe_version INTEGER, versions VARCHAR, note VARCHAR);
CREATE TABLE cases (number INTEGER, name VARCHAR, slug VARCHAR);
CREATE TABLE metrics (number INTEGER, name VARCHAR, slug VARCHAR);
CREATE TABLE entries (
    run INTEGER, case_number INTEGER, metric INTEGER, value DOUBLE, low DOUBLE, high DOUBLE,
    n_trials INTEGER);
CREATE VIEW history AS
    SELECT runs.run_id, started_at, cases.name AS case_id, cases.slug AS case_slug,
        metrics.name AS metric, value, low, high, n_trials, comparability_key, path
    FROM entries JOIN runs USING (run) JOIN cases ON case_number = cases.number
        JOIN metrics ON metric = metrics.number;
"""
_RUNS: Final = """
SELECT run, path, run_id, started_at, time, hard_keys, comparability_key, probe_version, versions,
    note
FROM runs ORDER BY time, path
"""
_ENTRIES: Final = """
SELECT case_number, metric, run, value, low, high FROM entries
WHERE metric IN ({metrics}) AND case_number IN ({cases})
"""
"""With numbers, not names: parts of the table that hold none of them are then passed over."""
_FORGET: Final = (
    "DELETE FROM entries WHERE run IN (SELECT run FROM runs WHERE list_contains($paths, path))",
    "DELETE FROM runs WHERE list_contains($paths, path)",
)
_TAKE_IN: Final = {
    "runs": "INSERT INTO runs SELECT * FROM given",
    "entries": "INSERT INTO entries SELECT * FROM given ORDER BY metric, case_number, run",
}
"""Values that are read together lie together, of those that are taken in at once."""
_SORT: Final = (
    "CREATE TABLE sorted AS FROM entries ORDER BY metric, case_number, run",
    "DROP TABLE entries",
    "ALTER TABLE sorted RENAME TO entries",
)


@dataclass(frozen=True, slots=True, eq=False)
class Database:
    """An open index."""

    connection: duckdb.DuckDBPyConnection

    def stamps(self) -> dict[str, Stamp]:
        """Return what each file looked like when it was read, by its path."""
        rows = self._all("SELECT path, bytes, written_ns FROM runs")
        return {path: (size, written_ns) for path, size, written_ns in rows}

    def replace(self, gone: Sequence[str], read: Sequence[Read]) -> None:
        """Forget some files and take in others, all or nothing."""
        paths = [*gone, *(one.path for one in read)]
        self.connection.begin()
        with ExitStack() as unless_done:
            unless_done.callback(self.connection.rollback)
            for query in _FORGET:
                self.connection.execute(query, {"paths": paths})
            if read:
                self._take_in(read)
            self.connection.commit()
            unless_done.pop_all()

    def sort(self) -> None:
        """Put all values that are read together beside each other: then few others are read."""
        self.connection.begin()
        for query in _SORT:
            self.connection.execute(query)
        self.connection.commit()

    def select(self, wanted: Wanted) -> Selection:
        """Return the values that are asked for, and all runs in the order of time."""
        runs = dict(map(read_entry, self._all(_RUNS)))
        cases = {number: (name, slug) for number, name, slug in self._all("FROM cases")}
        metrics = {number: name for number, name, _ in self._all("FROM metrics")}
        asked = [n for n, names in cases.items() if not wanted.case or wanted.case in names]
        shown = [n for n, name in metrics.items() if name in wanted.metrics]
        columns = self._entries(shown, asked, list(runs)) if shown and asked else {}
        lines = (
            Line(
                case_id=cases[number][0],
                case=cases[number][1],
                metric=metrics[metric],
                runs=part["run"].astype(np.int64),
                value=part["value"],
                low=part["low"],
                high=part["high"],
            )
            for number, metric, part in parted(columns)
        )
        return Selection(
            runs=runs,
            lines=tuple(sorted(lines, key=attrgetter("case", "metric"))),
            cases=tuple(sorted(slug for _, slug in cases.values())),
        )

    def _entries(
        self, metrics: Sequence[int], cases: Sequence[int], runs: Sequence[int]
    ) -> Columns:
        """Return values by case, then metric, then in the order of the runs given."""
        query = _ENTRIES.format(
            metrics=", ".join(map(str, metrics)), cases=", ".join(map(str, cases))
        )
        found = self.connection.execute(query).fetchnumpy()
        place = np.empty(max(runs) + 1, dtype=np.int64)
        place[runs] = np.arange(len(runs))
        order = np.lexsort((place[found["run"]], found["metric"], found["case_number"]))
        return {name: _filled(column)[order] for name, column in found.items()}

    def _take_in(self, read: Sequence[Read]) -> None:
        ((first,),) = self._all("SELECT coalesce(max(run) + 1, 0) FROM runs")
        self._insert("runs", run_columns(first, read))
        values = [value for one in read for value in one.run.values]
        if values:
            cases = self._numbers("cases", dict(map(attrgetter("case_id", "case"), values)))
            metrics = self._numbers("metrics", dict(map(attrgetter("metric", "metric"), values)))
            self._insert("entries", entry_columns(first, read, cases, metrics))

    def _numbers(self, table: str, slugs: Mapping[str, str]) -> dict[str, int]:
        """Number the names of a table, those that are new after those that it has."""
        known = {name: number for number, name, _ in self._all(f"FROM {table}")}
        for name, slug in slugs.items():
            if name not in known:
                row = [len(known), name, slug]
                self.connection.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", row)  # noqa: S608 - one of our two names
                known[name] = len(known)
        return known

    def _insert(self, table: str, columns: Mapping[str, Any]) -> None:
        self.connection.register("given", columns)
        try:
            self.connection.execute(_TAKE_IN[table])
        finally:
            self.connection.unregister("given")

    def _all(self, query: str) -> list[Any]:
        return self.connection.execute(query).fetchall()


def _filled(column: np.typing.NDArray[Any]) -> np.typing.NDArray[Any]:
    """Put what is no number where a column has nothing, which is how DuckDB keeps it."""
    return np.ma.filled(column, np.nan) if np.ma.is_masked(column) else np.ma.getdata(column)


@contextmanager
def database(path: Path | None, rules: str = "") -> Iterator[Database]:
    """Open the index in a file, or in memory where there is none; a new one gets its tables.

    Args:
        path: None for memory.
        rules: Names how the values are worked out; those of other rules are of no use.

    Raises:
        Broken: the file is none of ours, of another version, damaged, or in use.
    """
    connection = duckdb.connect(":memory:" if path is None else str(path), config=_CONFIG)
    try:
        if not connection.execute("SELECT 1 FROM duckdb_tables()").fetchall():
            connection.execute(_TABLES)
            connection.execute("INSERT INTO version VALUES (?, ?)", [VERSION, rules])
        if connection.execute("SELECT number, rules FROM version").fetchall() != [(VERSION, rules)]:
            raise duckdb.InvalidInputException("made by another version")
        yield Database(connection)
    finally:
        connection.close()
