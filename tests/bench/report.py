"""The report page: how long it takes to make, how large it is, how soon it can be used."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Final

from harness.analyse.records import records
from harness.report.html.report import report_page
from harness.report.machine_runs import Measured, machines
from harness.store.read import find_runs, read_run
from tests.bench.command import program, seconds_of
from tests.bench.report_run import write_many
from tests.bench.row import Row, Setting, under
from tests.bench.sweep import sweep
from tests.integration.browser import browser, missing

_RECORDS: Final = 10_000
_MADE: Final = under(5)
_SIZE: Final = under(8)
_USED: Final = under(1)
_QUICK_SIZE: Final = under(3)
_MEGA: Final = 1e6
_OPENED: Final = """
const [load] = performance.getEntriesByType("navigation");
return document.querySelectorAll("#table tbody tr").length ? load.loadEventEnd / 1000 : null;
"""
_FILTERED: Final = """
const start = performance.now();
const words = document.querySelector("#words");
words.value = arguments[0];
words.dispatchEvent(new Event("input"));
document.body.offsetHeight;
return (performance.now() - start) / 1000;
"""


def measure(setting: Setting) -> Row:
    """Make a page of 10,000 made-up records, and of a quick run; open and filter the large one."""
    count = setting.times(_RECORDS)
    room = setting.room("report")
    run, page = write_many(room, count), room / "report.html"
    command_s = seconds_of([*program(), "report", str(run), "--out", str(page)])
    page_s = _page_seconds(run)
    size = page.stat().st_size / _MEGA
    quick = _quick_size(setting)
    opened, filtered = (None, None) if missing() else _used(page)
    bounds = (_MADE.holds(command_s), _SIZE.holds(size), _QUICK_SIZE.holds(quick))
    used = _USED.holds(opened) and _USED.holds(filtered)
    return Row(
        "report",
        f"made in {command_s:.1f} s, {size:.1f} MB; opens in {_seconds(opened)}, filters in "
        f"{_seconds(filtered)}; a quick run's {quick:.1f} MB",
        f"{_MADE} s, {_SIZE} MB; {_USED} s each; {_QUICK_SIZE} MB",
        all(bounds) and used,
        f"{count} records in a run file of {run.stat().st_size / _MEGA:.0f} MB\n"
        f"of the whole command, {page_s:.1f} s are the page; the rest reads trials and works out "
        "their records, as `show` does\n"
        f"browser: {missing() or 'Chromium, without a window'}",
    )


def _page_seconds(run: Path) -> float:
    """Return how long the page itself takes, once the records are there."""
    read = read_run(run)
    found = machines([Measured(run=read, records=records(read))])
    start = perf_counter()
    report_page(found, title="Very many records")
    return perf_counter() - start


def _quick_size(setting: Setting) -> float:
    """Return the megabytes of a page of the quick plan's run; it is run where it was not yet."""
    runs = setting.room("sweep") / "runs"
    if not (runs.exists() and find_runs([runs])):
        sweep(setting, setting.cache)
    newest = max(find_runs([runs]), key=lambda path: path.name)
    page = setting.room("report") / "quick.html"
    seconds_of([*program(), "report", str(newest), "--out", str(page)])
    return page.stat().st_size / _MEGA


def _used(page: Path) -> tuple[float | None, float]:
    """Open the page, and filter its table twice; the first time also collects the texts."""
    with browser() as window:
        window.open(page)
        opened = window.run(_OPENED)
        filtered = [window.run(_FILTERED, words) for words in ("mlp onnxruntime", "cnn eager")]
    return opened, max(filtered)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"
