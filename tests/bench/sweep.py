"""The quick sweep as a newcomer runs it: with nothing exported yet, then again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from harness.core.run import Run
from harness.store.read import find_runs, read_run
from tests.bench.command import program, seconds_of
from tests.bench.numbers import percent
from tests.bench.row import Row, Setting

_FIRST_LIMIT_S: Final = 5 * 60.0
_LATER_LIMIT_S: Final = 4 * 60.0
_LEAST_SHARE: Final = 0.6
_LATER: Final = 2
_SAMPLING: Final = ("sample", "transfers")
_S: Final = 1e9


def measure(setting: Setting) -> Row:
    """Run the sweep with an empty cache, then with the cache that it left."""
    room = setting.room("sweep")
    cache = room / "cache"
    try:
        walls = [sweep(setting, cache) for _ in range(1 + setting.times(_LATER))]
    finally:
        shutil.rmtree(cache, ignore_errors=True)
    runs = [read_run(path) for path in find_runs([room / "runs"])]
    shares = [_sampled_s(run) / wall for run, wall in zip(runs, walls, strict=True)]
    first, later, share = walls[0], max(walls[1:]), min(shares[1:])
    return Row(
        "sweep",
        f"{first:.0f} s the first time, {later:.0f} s after; {percent(share)} of it sampling",
        f"under {_FIRST_LIMIT_S:.0f} s, {_LATER_LIMIT_S:.0f} s; over {percent(_LEAST_SHARE)}",
        first < _FIRST_LIMIT_S and later < _LATER_LIMIT_S and share > _LEAST_SHARE,
        "\n".join(map(_detail, runs, walls, shares)),
    )


def sweep(setting: Setting, cache: Path) -> float:
    """Run the quick plan into this bench's folder; return its wall time in seconds."""
    room = setting.room("sweep")
    command = [*program(), "run", "quick", "--out", str(room / "runs"), "--cache", str(cache)]
    if setting.divisor > 1:
        command += ["--rounds", "1", "--seconds", "0.1"]
    return seconds_of(command, state=room / "state")


def _sampled_s(run: Run) -> float:
    """Return the seconds of all trials' warm-up and sampling."""
    return sum(t.phases_ns.get(name, 0) for t in run.trials for name in _SAMPLING) / _S


def _detail(run: Run, wall_s: float, share: float) -> str:
    phases = run.end.phases_ns if run.end else {}
    parts = ", ".join(f"{name} {ns / _S:.1f} s" for name, ns in phases.items())
    failed = sum(trial.outcome.reason is not None for trial in run.trials)
    return (
        f"{wall_s:.0f} s, {percent(share)} of it sampling; {len(run.header.cases)} cases "
        f"({len(run.header.skipped)} skipped), {len(run.trials)} trials "
        f"({failed} without numbers); {parts}"
    )
