"""`scalecurve history`: when something changed, and by how much, over many runs."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from harness.cli.arguments import choose, choose_all, split_list
from harness.cli.options import filled
from harness.core.errors import StoreError, UsageError

if TYPE_CHECKING:
    from harness.analyse.history.series import History, Series
    from harness.store.index_row import IndexedRun, Selection

_DEFAULT_METRICS: Final = ("latency_quiet", "throughput_quiet")
"""Each is measured in one scenario."""
_MOST_SERIES: Final = 40
"""Series that are listed; of more only the changes are."""
_MOST_NOTES: Final = 5
_LARGEST: Final = 256 << 20
"""Bytes of an imported file."""
_LONGEST: Final = 400
_MANY: Final = 40
"""Files from which more processes are faster than one: each takes half a second to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryOptions:
    """What is asked, and how the answer is given."""

    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Folder of run files.", show_default=False)
    ] = None
    csv: Annotated[
        Path | None, typer.Option(help="A series of another tool: columns time,value.")
    ] = None
    case: Annotated[str, typer.Option(help="Only this case, by its name or id.")] = ""
    metric: Annotated[str | None, typer.Option(help="Metrics, comma-separated.")] = None
    hold: Annotated[
        str, typer.Option(help="Packages that are not under test: a new version, a new epoch.")
    ] = ""
    watch: Annotated[bool, typer.Option("--watch", help="Report weaker evidence, too.")] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False
    chart: Annotated[
        Path | None, typer.Option(help="Draw the series: a .html, .png or .svg file.")
    ] = None


@filled(HistoryOptions)
def history(options: HistoryOptions) -> None:
    """Find lasting changes over many runs: between which they happened, and how large they are."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.disable()  # it would look through every run again and again, and find nothing
    found = _judged(_series(options), watch=options.watch)
    if options.chart is not None:
        from harness.report.history_chart import write_history

        asked = options.csv or options.folder or options.chart
        write_history(found, f"History of {asked.resolve().name}", options.chart)
        _say(f"chart: {options.chart}")
    _print(found, as_json=options.as_json)


def _series(options: HistoryOptions) -> list[Series]:
    """Find what is asked about.

    Raises:
        UsageError: what is asked does not go together, or does not exist.
        StoreError: it cannot be read.
    """
    if options.csv is not None:
        if options.folder is not None or options.case or options.metric is not None or options.hold:
            raise UsageError("--csv is one series: it goes with no DIR, --case, --metric or --hold")
        return [_imported(options.csv)]
    if options.folder is None:
        raise UsageError("expected a folder of run files, or --csv FILE")
    return _of_runs(options.folder, options.case, options.metric, split_list(options.hold))


def _imported(path: Path) -> Series:
    """Read a series of another tool.

    Raises:
        UsageError: it is no series.
        StoreError: the file cannot be read.
    """
    from harness.analyse.history.imported import import_csv

    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path}: over {_LARGEST} bytes; refused")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not text in UTF-8: {error.reason}") from error
    imported = import_csv(text, path.name)
    for remark in imported.remarks:
        _say(remark)
    return imported.series


def _of_runs(folder: Path, case: str, metric: str | None, held: Sequence[str]) -> list[Series]:
    """Ask the index of a folder, which is brought up to date first.

    Raises:
        UsageError: no such case, metric or package.
        StoreError: there is no run file.
    """
    from harness.analyse.history.collect import collect
    from harness.analyse.history.rows import rules_of_values
    from harness.core.metric import METRICS
    from harness.store.index import Index
    from harness.store.index_row import Wanted
    from model_zoo.export.cache import default_root

    metrics = choose_all(metric, METRICS, "metric") if metric is not None else _DEFAULT_METRICS
    index = Index(
        folder=default_root() / "history",
        read=_read,
        say=_say,
        each=_over_processes,
        rules=rules_of_values(),
    )
    selection = index.select(folder, Wanted(metrics=metrics, case=case))
    if not selection.lines:
        if case:
            _require_case(case, selection)
        names = ", ".join(metrics)
        _say(f"{folder}: no value of {names} in any run; `scalecurve show {folder}` says why")
    _require_known(held, selection)
    _remark(selection)
    return collect(selection, held)


def _read(path: Path) -> IndexedRun:
    from harness.analyse.history.rows import indexed_run
    from harness.store.read import read_run

    return indexed_run(read_run(path))


def _over_processes(
    read: Callable[[Path], IndexedRun], paths: Sequence[Path]
) -> Iterator[IndexedRun]:
    """Read many files with a process for each core: it takes a tenth of a second for a small run.

    Raises:
        StoreError: a process died.
    """
    if len(paths) <= _MANY:
        yield from map(read, paths)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(mp_context=get_context("spawn"))
    try:
        yield from pool.map(read, paths)
    except BrokenProcessPool as error:
        raise StoreError(f"a process that read run files died: {error}") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _require_case(case: str, selection: Selection) -> None:
    """Say which cases are nearest, or that this one never had a value."""
    choose(case, selection.cases, "case")
    raise UsageError(f"case {case!r} has no value of these metrics in any run")


def _require_known(held: Sequence[str], selection: Selection) -> None:
    known = sorted({name for one in selection.runs.values() for name in one.run.versions})
    for name in held:
        choose(name, known, "package in these runs")


def _remark(selection: Selection) -> None:
    """Say on standard error what is wrong with files; the others count."""
    from harness.analyse.history.collect import copies

    notes = sorted(entry.run.note for entry in selection.runs.values() if entry.run.note)
    notes += [f"{path}: a copy of another file; it counts once" for path in copies(selection)]
    for note in notes[:_MOST_NOTES]:
        _say(note)
    if len(notes) > _MOST_NOTES:
        _say(f"and {len(notes) - _MOST_NOTES} more files")


def _judged(series: Sequence[Series], *, watch: bool) -> list[History]:
    """Search each series, down to its case's noise floor on its machine where that is known."""
    from harness.analyse.history.changes import FLOOR, find_changes
    from harness.analyse.history.step import ALERT, WATCH

    floors = _floors({one.epoch.key: one.epoch.hard_keys for one in series})
    return [
        find_changes(
            one,
            WATCH if watch else ALERT,
            floor=max(FLOOR, floors.get((one.epoch.key, one.case_id, one.metric), 0.0)),
        )
        for one in series
    ]


def _floors(machines: Mapping[str, Mapping[str, str]]) -> dict[tuple[str, str, str], float]:
    """Return what calibrations found, by epoch, case and metric; often nothing."""
    from harness.store.calibration import stored_floors
    from harness.store.level import state_folder

    return {
        (key, case_id, metric): floor.floor
        for key, hard_keys in machines.items()
        for (case_id, metric), floor in stored_floors(state_folder(), hard_keys, _say).items()
    }


def _print(found: Sequence[History], *, as_json: bool) -> None:
    from harness.report.history_rows import history_json
    from harness.report.history_table import changes_table, series_table
    from harness.report.table import print_table

    if as_json:
        typer.echo(history_json(found))
        return
    if 0 < len(found) <= _MOST_SERIES:
        print_table(series_table(found), sys.stdout)
        typer.echo()
    changes = changes_table(found)
    if changes.rows:
        print_table(changes, sys.stdout)
    else:
        typer.echo("\n".join([changes.title, *changes.notes]))


def _say(text: str) -> None:
    from harness.report.format import plain_text

    typer.echo(plain_text(text, longest=_LONGEST), err=True)
