"""How long the commands take that measure nothing."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Final

from harness.store.read import find_runs
from tests.bench.command import program, seconds_of
from tests.bench.row import Row, Setting, under
from tests.bench.sweep import sweep

_TIMES: Final = 10
_BOUND: Final = under(0.4)
_BARE: Final = "python -c pass"


def measure(setting: Setting) -> Row:
    """Start each command in turn with an interpreter that does nothing."""
    file = _run_file(setting)
    commands = {
        _BARE: [sys.executable, "-c", "pass"],
        "show": [*program(), "show", str(file)],
        "zoo plan": [*program(), "zoo", "plan", "--family", "mlp", "--params", "1e6"],
        "--help": [*program(), "--help"],
    }
    taken: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(setting.times(_TIMES)):
        for name, command in commands.items():
            taken[name].append(seconds_of(command))
    medians = {name: median(walls) for name, walls in taken.items()}
    bare_s = medians.pop(_BARE)
    return Row(
        "commands",
        ", ".join(f"{name} {wall:.2f} s" for name, wall in medians.items()),
        f"{_BOUND} s each",
        all(map(_BOUND.holds, medians.values())),
        "\n".join(
            f"{name}: {wall:.3f} s, {wall / bare_s:.1f} x `{_BARE}` ({bare_s:.3f} s)"
            for name, wall in medians.items()
        )
        + f"\nshow read a file of {file.stat().st_size / 1e6:.1f} MB",
    )


def _run_file(setting: Setting) -> Path:
    """Return the newest file of the row `sweep`; run a sweep where that row was not asked for."""
    runs = setting.room("sweep") / "runs"
    if not (runs.exists() and find_runs([runs])):
        sweep(setting, setting.cache)
    return max(find_runs([runs]), key=lambda path: path.name)
