"""Comparing two large runs from their files: wall time and memory of the whole command."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

from harness.core.run import RunEnd
from harness.core.trial import Trial
from harness.store.fake import FakeMachine, fake_header
from harness.store.line import Line, encode_line
from tests.bench.command import program, seconds_of
from tests.bench.row import Row, Setting, under
from tests.studies.made_up import cases

_CASES: Final = 1000
_ROUNDS: Final = 5
_MACHINE: Final = FakeMachine(slices=50, iterations=20, slow_share=0.3)
"""1,000 samples a trial."""
_TIMES: Final = 5
_SECONDS: Final = under(3.0)
_MEGABYTES: Final = under(500.0)


def measure(setting: Setting) -> Row:
    """Compare two files from start to end, as a user would."""
    files = [_file(setting, name, first) for name, first in (("base", 0), ("candidate", _ROUNDS))]
    command = [*program(), "compare", "--json", *map(str, files)]
    state = setting.room("state")
    before = _cpu_seconds()
    walls = [seconds_of(command, state) for _ in range(setting.times(_TIMES))]
    busy = (_cpu_seconds() - before) / len(walls)
    peak = _peak_bytes(files) / 1e6
    size = sum(file.stat().st_size for file in files) / 1e6
    met = _SECONDS.holds(median(walls)) and _MEGABYTES.holds(peak)
    return Row(
        name="compare_speed",
        figure=f"{median(walls):.2f} s, {peak:.0f} MB",
        bound=f"{_SECONDS} s, {_MEGABYTES} MB",
        met=met,
        detail=f"{len(walls)} times {min(walls):.2f} to {max(walls):.2f} s, of which {busy:.2f} s "
        f"on the processor; load of the machine {os.getloadavg()[0]:.1f}\ntwo files of "
        f"{size:.0f} MB together, {_CASES:,} cases x {_ROUNDS} rounds x "
        f"{_MACHINE.slices * _MACHINE.iterations:,} samples each",
    )


def _cpu_seconds() -> float:
    """Return the processor time of all commands so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _file(setting: Setting, name: str, first: int) -> Path:
    """Write one run; every trial is another."""
    path = setting.room("compare_speed") / f"{name}.jsonl"
    header = replace(fake_header(cases(_CASES), _ROUNDS), run_id=name)
    with path.open("wb") as file:
        file.write(encode_line(Line(header=header)))
        for trial in _trials(first):
            file.write(encode_line(Line(trial=trial)))
        file.write(encode_line(Line(end=RunEnd(finished_at="2026-01-02T04:03:05+00:00"))))
    return path


def _trials(first: int) -> Iterator[Trial]:
    for number in range(first, first + _ROUNDS):
        for case in cases(_CASES):
            yield _MACHINE.trial(case, number)


def _peak_bytes(files: list[Path]) -> int:
    """Return the high-water mark of one more comparison, by the process itself."""
    command = [sys.executable, "-m", "tests.studies.compare_peak", *map(str, files)]
    done = subprocess.run(command, capture_output=True, check=True)
    return int(done.stderr)
