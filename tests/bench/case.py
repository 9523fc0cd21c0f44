"""What one more case adds to the wall time of a sweep whose artifacts are there."""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from time import perf_counter
from typing import Final

from harness.core.run import Run
from harness.core.trial import Pass
from harness.run.expand import expand
from harness.run.plan import Plan
from harness.run.start import Places, begin
from harness.store.read import read_run
from tests.bench.listening import Hooked
from tests.bench.material import gathered
from tests.bench.row import Row, Setting, under

_TIMES: Final = 3
_BOUND: Final = under(3)
_SMALL: Final = Plan(
    family=("mlp", "cnn", "mobilenet", "encoder"), params=("1e6",), rounds=3, control=False
)
"""Twelve cases: four families on three runtimes."""
_NEAR: Final = "1.02e6"
_LARGE: Final = replace(_SMALL, params=("1e6", _NEAR))
"""Twelve more: each family a little larger."""
_APART: Final = ("availability", "artifacts", "servers")
_S: Final = 1e9


def measure(setting: Setting) -> Row:
    """Run both sweeps in turn; divide the difference of their wall times by the cases added."""
    more = len(expand(_LARGE)) - len(expand(_SMALL))
    gathered(expand(_LARGE), setting.cache)
    added, lines = [], []
    for _ in range(setting.times(_TIMES)):
        small, large = _sweep(setting, _SMALL), _sweep(setting, _LARGE)
        added.append((large[0] - small[0]) / more)
        lines += [_detail(*small), _detail(*large)]
    lines.append("differences: " + ", ".join(f"{seconds:.2f} s a case" for seconds in added))
    figure = median(added)
    return Row("case", f"{figure:.2f} s", f"{_BOUND} s", _BOUND.holds(figure), "\n".join(lines))


def _sweep(setting: Setting, plan: Plan) -> tuple[float, Run]:
    """Run a plan; return its wall time without the start-up of servers, in seconds."""
    room = setting.room("case")
    places = Places(out=room / "runs", cache=setting.cache, state=room / "state")
    start = perf_counter()
    path = begin(plan, ("tests.bench",), places, Hooked(_nothing))
    wall = perf_counter() - start
    run = read_run(path)
    return wall - sum(_spent(run, name) for name in _APART), run


def _nothing(label: str) -> None:
    del label


def _spent(run: Run, name: str) -> float:
    return run.end.phases_ns.get(name, 0) / _S if run.end else 0.0


def _detail(wall_s: float, run: Run) -> str:
    """Say how the wall time of a sweep divides, and what a case took by its own trials."""
    cases = len(run.header.cases)
    timed = sum(t.phases_ns.get("total", 0) for t in run.trials if t.kind is Pass.TIMING) / _S
    apart = ", ".join(f"{name} {_spent(run, name):.1f} s" for name in _APART)
    memory = _spent(run, "memory")
    return (
        f"{cases} cases: {wall_s:.1f} s without start-up ({apart}); a case's own trials "
        f"{timed / cases:.2f} s, memory {memory / cases:.2f} s"
    )
