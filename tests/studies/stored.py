"""Runs on this machine, minutes apart: the same networks again and again, some with more work."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

from harness.analyse.compare.compare import compare
from harness.analyse.compare.settings import Settings
from harness.core.case import Case
from harness.core.comparison import Comparison, Verdict
from harness.core.run import Run
from harness.run.expand import control
from harness.run.plan import Plan
from harness.run.start import Places, measure
from harness.store.read import find_runs, read_run
from tests.bench.listening import Hooked
from tests.bench.row import Setting
from tests.studies.networks import IN_CACHE, LAYERS, MORE_LAYERS, cases, relabelled

RUNS: Final = 8
_SLOWER_AFTER: Final = (1, 3, 5)
"""Places among the equal runs after which one of slower networks is taken."""
_GAP_S: Final = 60.0
_ROUNDS: Final = 5
METRIC: Final = "latency_quiet"


@dataclass(frozen=True, slots=True)
class Stored:
    """Runs in the order taken."""

    equal: tuple[Run, ...]
    slower: tuple[Run, ...]
    """Under the names of the networks that they are compared with."""


def stored(setting: Setting) -> Stored:
    """Return the runs; measure them where the folder has none yet."""
    room = setting.room("stored")
    if not (room / "equal").exists():
        _measure(setting, room)
    return Stored(
        equal=_read(room / "equal"), slower=tuple(map(relabelled, _read(room / "slower")))
    )


def _measure(setting: Setting, room: Path) -> None:
    widths = IN_CACHE if setting.divisor == 1 else IN_CACHE[:2]
    plain, more = cases(LAYERS, widths), cases(MORE_LAYERS, widths)
    for place in range(setting.times(RUNS, least=3)):
        _run(setting, room / "equal", plain)
        if place in _SLOWER_AFTER:
            time.sleep(setting.seconds(_GAP_S))
            _run(setting, room / "slower", more)
        time.sleep(setting.seconds(_GAP_S))


def _run(setting: Setting, out: Path, networks: Sequence[Case]) -> None:
    places = Places(out=out, cache=setting.cache, state=setting.room("state"))
    plan = Plan(family=("mlp",), params=("1e5",), rounds=_ROUNDS, memory=False, energy=False)
    chosen = (*networks, control(list(networks)))
    path = measure(chosen, plan, ("tests.studies",), places, Hooked(_nothing))
    print(f"  {path.name}", flush=True)


def _nothing(label: str) -> None:
    del label


def _read(folder: Path) -> tuple[Run, ...]:
    found = find_runs([folder])
    runs = [read_run(path) for path in found]
    return tuple(sorted(runs, key=lambda run: run.header.started_at))


def verdicts(base: Run, candidate: Run) -> tuple[Comparison, ...]:
    """Compare the quiet latency of every case, with no calibration to help."""
    settings = Settings(metrics=(METRIC,), watched=())
    return compare([base], [candidate], {}, settings).comparisons


def alarms(found: Sequence[Comparison]) -> set[str]:
    """Return the ids of cases that are called slower."""
    return {one.case.id for one in found if one.verdict is Verdict.SLOWER}


def pairs(runs: Sequence[Run]) -> list[tuple[Run, Run, Run]]:
    """Return every pair in its order, with the run that a flagged case is measured again in.

    That is the next one after the pair, and the first of all where there is none.
    """
    places = list(combinations(range(len(runs)), 2))
    return [(runs[a], runs[b], runs[_other(a, b, len(runs))]) for a, b in places]


def _other(first: int, second: int, count: int) -> int:
    return next(n for n in [*range(second + 1, count), *range(count)] if n not in {first, second})
