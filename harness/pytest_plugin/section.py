"""What a session measured, on the terminal: figures that pytest-benchmark has no column for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from harness.analyse.baseline import CONFIRMATION
from harness.analyse.control import control_check
from harness.analyse.records import records
from harness.core.run import Run
from harness.pytest_plugin.bench import Bench
from harness.pytest_plugin.gate import Judged
from harness.report.format import plain_text
from harness.report.table import print_table, tables
from harness.report.verdicts import remarks, verdict_tables

_LONGEST = 400
"""Characters of a sentence."""


def write_section(reporter: pytest.TerminalReporter, bench: Bench, *, has_table: bool) -> None:
    """Write every run's figures and where they are."""
    reporter.section("inference")
    for number, run in enumerate(bench.runs):
        reporter.write("\n" if number else "")
        if CONFIRMATION in run.header.command:
            reporter.write_line("measured again, for what looked worse than the baseline:")
        _write_run(reporter, run)
    if not has_table:
        reporter.write_line(
            "pytest-benchmark is not installed: no table of samples, and none of its options"
        )


def _write_run(reporter: pytest.TerminalReporter, run: Run) -> None:
    found = records(run)
    for table in tables(found):
        print_table(table, sys.stdout)
        reporter.write_line("")
    sentence = plain_text(control_check(found).sentence, longest=_LONGEST)
    reporter.write_line(f"control: {sentence}")
    reporter.write_line(f"run file: {_relative(Path(run.path))}")


def write_verdicts(reporter: pytest.TerminalReporter, judged: Judged | None) -> None:
    """Write every verdict on a gated figure, and what it rests on; None where there is none."""
    reporter.section("inference against the baseline")
    if judged is None:
        reporter.write_line("WARNING: no figure was held against the baseline", yellow=True)
        return
    for run in judged.base.runs:
        reporter.write_line(
            f"baseline: {_relative(Path(run.path))} of {run.header.started_at[:16]}"
        )
    for warning in judged.base.warnings:
        reporter.write_line(f"WARNING: {plain_text(warning, longest=_LONGEST)}", yellow=True)
    for table in verdict_tables(judged.compared):
        print_table(table, sys.stdout)
        reporter.write_line("")
    if judged.moved:
        reporter.write_line(f"NOT PROVEN: {plain_text(judged.moved, longest=_LONGEST)}", red=True)
    for line in remarks(judged.compared):
        reporter.write_line(line)


def _relative(path: Path) -> str:
    """Name a file as seen from the current folder, where that is shorter."""
    try:
        return min(os.path.relpath(path), str(path), key=len)
    except ValueError:  # another drive
        return str(path)
