"""An index of a million records: how long it takes to make, and to answer from."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Final

from harness.analyse.history.changes import find_changes
from harness.analyse.history.collect import collect
from harness.core.case import Scenario
from harness.core.metric import METRICS
from harness.store.index import Index
from harness.store.index_row import IndexedRun, IndexedValue, Wanted
from tests.bench.row import Row, Setting

_RUNS: Final = 10_000
_CASES: Final = 100
_BUILD_S: Final = 60.0
_ANSWER_S: Final = 0.2
_ANSWERS: Final = 5
_DIFFERENT: Final = 53
_METRICS: Final = tuple(
    metric.name for metric in METRICS.values() if Scenario.SINGLE_STREAM in metric.scenarios
)
_CASE: Final = "mlp-7/eager-cpu-fp32-t1/b1"


def measure(setting: Setting) -> Row:
    """Index runs whose values are worked out already: every metric of every case.

    A record is one case of one run. What is timed of the build: looking at the files, laying out
    the values in columns, putting them into the index; not what makes the values up here, nor the
    reading of samples from real run files, which costs more than all of it.
    """
    runs = setting.times(_RUNS, least=20)
    root = setting.room("index-runs")
    for number in range(runs):
        (root / f"{number:06}.jsonl").touch()
    made_up = _MadeUp()
    index = Index(folder=setting.room("index"), read=made_up.read, say=_ignore)
    first = Wanted(metrics=("latency_quiet",), case=_CASE)
    build = _asked(index, root, first)
    gc.collect()
    gc.disable()  # as the command does
    answers = sorted((_asked(index, root, first) for _ in range(_ANSWERS)), key=_wall)
    answer = answers[_ANSWERS // 2]
    one, every = first, Wanted(metrics=("latency_quiet",))
    one_s, every_s = (_history_s(index, root, wanted) for wanted in (one, every))
    gc.enable()
    build_s = build.wall_s - made_up.spent_s
    size = sum(file.stat().st_size for file in setting.room("index").iterdir())
    return Row(
        name="index",
        figure=f"built in {build_s:.1f} s, one case in {answer.wall_s:.3f} s",
        bound=f"under {_BUILD_S:.0f} s, under {_ANSWER_S} s",
        met=build_s < _BUILD_S and answer.wall_s < _ANSWER_S,
        detail=(
            f"{runs * _CASES:,} records of {len(_METRICS)} metrics: {runs:,} runs of {_CASES} "
            f"cases, {runs * _CASES * len(_METRICS):,} values, {size / 1e6:.0f} MB on disk\n"
            f"making the values up, not counted: {made_up.spent_s:.1f} s\n"
            f"CPU time of the build {build.cpu_s:.1f} s, of one case {answer.cpu_s:.3f} s\n"
            "one case: looking at all files, opening the index, the values of one metric\n"
            f"the same with its series and its changes: {one_s:.2f} s\n"
            f"all {_CASES} cases with their changes: {every_s:.1f} s"
        ),
    )


@dataclass(slots=True)
class _MadeUp:
    """Runs with their values, the same each time."""

    spent_s: float = 0.0
    """Making them up."""
    values: list[list[IndexedValue]] = field(default_factory=list)
    """Of a few runs, which all others have in turn: making every one up would take minutes."""

    def read(self, path: Path) -> IndexedRun:
        """Make one up."""
        start = perf_counter()
        if not self.values:
            self.values = [_values(Random(number)) for number in range(_DIFFERENT)]
        number = int(path.stem)
        run = IndexedRun(
            run_id=f"{number:016x}",
            started_at=f"run {number}",
            time=float(number),
            hard_keys={"cpu_model": "Made Up 3000"},
            comparability_key="0123456789abcdef",
            versions={"torch": "2.13.0"},
            values=self.values[number % _DIFFERENT],
        )
        self.spent_s += perf_counter() - start
        return run


def _values(rng: Random) -> list[IndexedValue]:
    return [
        IndexedValue(
            case_id=f"{case:016x}",
            case=f"mlp-{case}/eager-cpu-fp32-t1/b1",
            metric=metric,
            value=(value := rng.lognormvariate(0, 0.01)),
            low=value * 0.99,
            high=value * 1.01,
            n_trials=3,
        )
        for case in range(_CASES)
        for metric in _METRICS
    ]


@dataclass(frozen=True, slots=True)
class _Spent:
    """On one question."""

    wall_s: float
    cpu_s: float
    """Of all threads: the wall time that a machine with other work would not have stretched."""


def _wall(spent: _Spent) -> float:
    return spent.wall_s


def _asked(index: Index, root: Path, wanted: Wanted) -> _Spent:
    wall_s, cpu_s = perf_counter(), process_time()
    index.select(root, wanted)
    return _Spent(perf_counter() - wall_s, process_time() - cpu_s)


def _history_s(index: Index, root: Path, wanted: Wanted) -> float:
    start = perf_counter()
    for series in collect(index.select(root, wanted)):
        find_changes(series)
    return perf_counter() - start


def _ignore(text: str) -> None:
    del text
