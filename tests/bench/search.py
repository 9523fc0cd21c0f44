"""How near a search comes to the best of a grid of 200 points, and with how many measurements.

The grid is measured once; searches are then answered from what was stored, so that many seeds and
questions cost no more than one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from harness.analyse.records import records
from harness.analyse.search import Judged, Question, best
from harness.analyse.search_space import Point, Space, scenarios_of, space
from harness.core.case import Case
from harness.core.choice import Limit
from harness.core.metric import METRICS, Better
from harness.core.record import Record, Value
from harness.report.format import quantity
from harness.run.plan import Plan
from harness.run.search import Effort, Grid, seek, usual_most
from harness.run.search_draw import sampler
from harness.run.start import Places, begin
from harness.store.level import state_folder
from harness.store.read import find_runs, read_run
from tests.bench.listening import Hooked
from tests.bench.row import Row, Setting

PLAN: Final = Plan(
    family=("mlp", "cnn"),
    params=("1e4", "3e4", "1e5", "3e5", "1e6"),
    backend=("eager", "onnxruntime"),
    threads=(1, 2),
    batch_size=(1, 2, 4, 8, 16),
    scenario=("single_stream", "offline"),
    rounds=1,
    seconds=0.1,
    control=False,
    memory=False,
    energy=False,
)
"""200 points: two families, five sizes, two runtimes, one and two threads, five batch sizes."""
_QUESTIONS: Final = (
    ("throughput", "latency_p50", 0.5),
    ("throughput", "latency_p50", 0.05),
    ("latency_p50", "throughput", 0.5),
    ("latency_p50", "throughput", 0.95),
)
"""What is wanted, what is limited, and the quantile of the grid's values at which it is."""
_SEEDS: Final = 10
_WITHIN: Final = 0.03
_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Came:
    """How one search ended."""

    gap: float
    """How far its best is from the grid's, relative; infinite where it found none."""
    measured: int


def measure(setting: Setting) -> Row:
    """Measure the grid, or take the one in the folder, and search it by every sampler."""
    stored, spent = _stored(setting)
    seeds = range(setting.times(_SEEDS))
    lines, came = [spent], defaultdict[str, list[_Came]](list)
    for objective, limited, quantile in _QUESTIONS:
        question = _question(stored, objective, limited, quantile)
        condition = question.limits[0].text
        grid = Grid(_space(stored, question), question, _nothing_known)
        reached = best(_all(grid, stored), question)
        if reached is None:
            lines.append(f"{objective}, {condition}: no point of the grid meets it")
            continue
        lines.append(f"{objective}, {condition}: best of the grid {_named(reached, question)}")
        for name in ("bayes", "random"):
            found = [_searched(grid, stored, name, seed, reached) for seed in seeds]
            came[name] += found
            lines.append(f"{name}: {_gaps(found)}")
    points = len(stored) // 2
    most = usual_most(points, "bayes")
    lines.append(f"random, all questions: {_gaps(came['random'])}")
    gaps = [one.gap for one in came["bayes"]]
    worst = max(gaps, default=float("inf"))
    middle = median(gaps) if gaps else float("inf")
    return Row(
        name="search",
        figure=f"{most} of {points} points; gap to the best {middle:.1%} median, {worst:.1%} worst",
        bound=f"worst within {_WITHIN:.0%} of the best in at most {_SHARE:.0%} of the points",
        met=worst <= _WITHIN and most <= _SHARE * points,
        detail="\n".join(lines),
    )


def _stored(setting: Setting) -> tuple[Mapping[str, Record], str]:
    """Return the records of the grid, by case id, and how they came to be."""
    room = setting.room("search")
    if not any(room.glob("*.jsonl")):
        places = Places(out=room, cache=setting.cache, state=state_folder())
        begin(PLAN, ("tests.bench", "search"), places, Hooked(_nothing))
    (path,) = find_runs([room])
    run = read_run(path)
    found = {record.case.id: record for record in records(run)}
    seconds = sum(trial.phases_ns.get("total", 0) for trial in run.trials) * 1e-9
    return found, f"the grid's {len(run.trials)} trials took {seconds:.0f} s"


def _nothing(label: str) -> None:
    del label


def _nothing_known(point: Point, metric: str) -> Value | None:
    del point, metric
    return None


def _question(
    stored: Mapping[str, Record], objective: str, limited: str, quantile: float
) -> Question:
    """Ask for the best in one metric, with another limited by what the grid has of it."""
    unit = METRICS[limited].unit
    values = sorted(
        value for record in stored.values() if (value := record.values[limited].value) is not None
    )
    limit = values[round(quantile * (len(values) - 1))]
    text = f"{limited}={quantity(limit, unit)}"
    return Question(
        objective=objective,
        is_maximised=METRICS[objective].better is Better.HIGHER,
        limits=(Limit(metric=limited, value=limit, text=text),),
    )


def _space(stored: Mapping[str, Record], question: Question) -> Space:
    cases = (record.case for record in stored.values())
    return space(cases, scenarios_of(question.metrics, PLAN.scenario))


def _all(grid: Grid, stored: Mapping[str, Record]) -> list[Judged]:
    return [grid.judge(place, stored) for place in range(len(grid.space.points))]


def _searched(
    grid: Grid, stored: Mapping[str, Record], name: str, seed: int, reached: Judged
) -> _Came:
    """Search once, each measurement a look at what is stored."""
    asked: set[str] = set()

    def look_up(cases: Sequence[Case]) -> Mapping[str, Record]:
        asked.update(case.id for case in cases)
        return stored

    most = usual_most(len(grid.space.points), name)
    draw = sampler(name, grid.space, seed)
    found = best(seek(grid, draw, look_up, Effort(most=most)).judged, grid.question)
    measured = len(asked) // len(grid.space.points[0].cases)
    if found is None or found.value is None or reached.value is None:
        return _Came(float("inf"), measured)
    ratio = found.value / reached.value
    return _Came(1 - ratio if grid.question.is_maximised else ratio - 1, measured)


def _named(one: Judged, question: Question) -> str:
    assert one.value is not None
    return f"{one.point.slug}, {quantity(one.value, METRICS[question.objective].unit)}"


def _gaps(found: Sequence[_Came]) -> str:
    gaps = sorted(one.gap for one in found)
    if not gaps:
        return "-"
    within = sum(gap <= _WITHIN for gap in gaps)
    return (
        f"gap {median(gaps):.1%} median, {gaps[-1]:.1%} worst; {within} of {len(gaps)} searches "
        f"within {_WITHIN:.0%}; at most {max(one.measured for one in found)} points measured"
    )
