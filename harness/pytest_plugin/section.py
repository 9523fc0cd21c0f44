"""What a session measured, on the terminal: figures that pytest-benchmark has no column for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.analyse.control import control_check
from harness.analyse.records import records
from harness.core.run import Run
from harness.pytest_plugin.bench import Bench
from harness.report.format import plain_text
from harness.report.table import plain, tables

_LONGEST = 400
"""Characters of a sentence."""


def write_section(reporter: pytest.TerminalReporter, bench: Bench, *, has_table: bool) -> None:
    """Write every run's figures and where they are."""
    reporter.section("inference")
    for run in bench.runs:
        _write_run(reporter, run)
    if not has_table:
        reporter.write_line(
            "pytest-benchmark is not installed: no table of samples, and none of its options"
        )


def _write_run(reporter: pytest.TerminalReporter, run: Run) -> None:
    found = records(run)
    for table in tables(found):
        reporter.write_line(plain(table))
        reporter.write_line("")
    sentence = plain_text(control_check(found).sentence, longest=_LONGEST)
    reporter.write_line(f"control: {sentence}")
    reporter.write_line(f"run file: {_relative(Path(run.path))}")


def _relative(path: Path) -> str:
    """Name a file as seen from the current folder, where that is shorter."""
    try:
        return min(os.path.relpath(path), str(path), key=len)
    except ValueError:  # another drive
        return str(path)
