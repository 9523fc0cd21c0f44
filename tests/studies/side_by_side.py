"""A/B runs of this interpreter against itself, in parts: equal networks, or one layer more."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from harness.analyse.compare.compare import compare_effects
from harness.analyse.compare.compared import Compared
from harness.analyse.compare.effects import Missing
from harness.analyse.compare.settings import Settings
from harness.analyse.pairs import effects_of_pairs
from harness.core.case import Case
from harness.core.comparison import Comparison, Effect, Verdict
from harness.core.run import Run
from harness.run.ab import Sides, measure
from harness.run.plan import Plan
from harness.run.start import Places
from harness.store.read import find_runs, read_run
from tests.bench.listening import Hooked
from tests.bench.row import Setting
from tests.studies.networks import LAYERS, MORE_LAYERS, cases

KEEP: Final = "SCALECURVE_STUDIES"
"""Environment variable with a folder: what is measured stays there, and is not measured again, so
that a study can be cut off between two parts and goes on later."""
PAIRS: Final = 5
PAIR_SECONDS: Final = 2.0
SETTINGS: Final = Settings(metrics=("latency_quiet",), watched=())
_WIDTHS: Final = range(24, 120, 8)
"""Of 20 or 21 equal layers: 36 kB to 1.1 MB of fp32 weights."""
_BATCHES: Final = (1, 4, 16)
_A_PART: Final = 18

Found = tuple[Effect | Missing, ...]


def networks(layers: int = LAYERS) -> tuple[Case, ...]:
    """Return 108 cases: 12 widths, three runtimes, three batch sizes."""
    plain = cases(layers, _WIDTHS)
    return tuple(replace(case, batch_size=size) for size in _BATCHES for case in plain)


def mixed(count: int) -> tuple[Case, ...]:
    """Return so many of them, of all widths, runtimes and batch sizes; always the same."""
    return tuple(sorted(networks(), key=lambda case: case.id)[:count])


def slower() -> dict[str, Case]:
    """Return what the candidate measures instead, by case id: one layer in twenty more."""
    pairs = zip(networks(), networks(MORE_LAYERS), strict=True)
    return {plain.id: more for plain, more in pairs}


def measured(setting: Setting, name: str, chosen: Sequence[Case], sides: Sides) -> list[Run]:
    """Return the runs of all parts; measure those that are not there yet."""
    runs: list[Run] = []
    for number, first in enumerate(range(0, len(chosen), _A_PART)):
        folder = _room(setting) / name / f"part{number}"
        if not (folder / "whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _measure(setting, folder, chosen[first : first + _A_PART], sides)
            (folder / "whole").touch()
        runs += [read_run(path) for path in find_runs([folder])]
    return runs


def _measure(setting: Setting, out: Path, chosen: Sequence[Case], sides: Sides) -> None:
    places = Places(out=out, cache=setting.cache, state=_room(setting) / "state")
    plan = Plan(
        family=("mlp",),
        params=("1e5",),
        rounds=PAIRS,
        seconds=setting.seconds(PAIR_SECONDS),
        memory=False,
        energy=False,
    )
    control = replace(chosen[len(chosen) // 2], replica=1)
    path = measure((*chosen, control), plan, sides, ("tests.studies",), places, Hooked(_nothing))
    print(f"  {path.name}", flush=True)


def _room(setting: Setting) -> Path:
    kept = os.environ.get(KEEP)
    return Path(kept) if kept else setting.room("side by side")


def _nothing(label: str) -> None:
    del label


def effects(runs: Sequence[Run]) -> Found:
    """Return the effects of all parts: their cases differ."""
    return tuple(one for run in runs for one in effects_of_pairs(run, SETTINGS))


def verdicts(found: Found) -> Compared:
    """Compare all parts as one, as a gate would: p-values are adjusted over all cases."""
    return compare_effects(found, {}, SETTINGS)


def alarms(compared: Compared) -> list[Comparison]:
    """Return what is called slower or faster."""
    return [one for one in compared.gated if one.verdict in {Verdict.SLOWER, Verdict.FASTER}]


def seconds_a_case(runs: Sequence[Run]) -> float:
    """Return the wall time of all pairs and servers, by case."""
    spent = [run.end.phases_ns for run in runs if run.end is not None]
    total_ns = sum(phases[name] for phases in spent for name in ("pairs", "servers"))
    return total_ns * 1e-9 / sum(len(run.header.cases) for run in runs)


def machine_of(runs: Sequence[Run]) -> str:
    """Say on what it was measured."""
    return f"{runs[0].header.environment.cpu.get('model', sys.platform)}, {len(runs)} parts"
