"""What the controller does while its workers measure: next to nothing, it waits in the kernel."""

from __future__ import annotations

from dataclasses import asdict
from itertools import pairwise
from time import perf_counter, process_time
from typing import Final

from harness.core.task import Sampling
from harness.run.plan import Plan
from harness.run.pool import Pool
from harness.run.start import Places, begin
from tests.bench.listening import Hooked
from tests.bench.material import case_of, gathered, task_of
from tests.bench.numbers import percent
from tests.bench.row import Row, Setting, under

_ROUNDS: Final = 3
_SECONDS: Final = 1.0
_LIMIT_S: Final = 60.0
_BOUND: Final = under(0.01)

Moment = tuple[str, float, float]
"""Round, CPU time of this process, and wall time, both in seconds."""


def measure(setting: Setting) -> Row:
    """Read this process's CPU time at each step of a run, and around one trial by itself."""
    moments: list[Moment] = []

    def note(label: str) -> None:
        moments.append((label.split(" ")[1], process_time(), perf_counter()))

    plan = Plan(
        family=("mlp", "encoder"),
        params=("1e5", "1e6"),
        backend=("eager", "onnxruntime"),
        rounds=setting.times(_ROUNDS),
        control=False,
        memory=False,
        energy=False,
    )
    room = setting.room("parent")
    places = Places(out=room / "runs", cache=setting.cache, state=room / "state")
    begin(plan, ("tests.bench",), places, Hooked(note))
    spent, passed = _within_rounds(moments)
    waiting = _while_waiting(setting)
    share = spent / passed
    return Row(
        "parent",
        f"{percent(share)} of a core",
        "at most 1 % of a core",
        _BOUND.holds(share),
        f"from one trial's start to the next one's, reading and writing what it left as well: "
        f"{spent * 1e3:.0f} ms in {passed:.1f} s, {len(moments)} trials\n"
        f"while it waits for a trial: {percent(waiting)}",
    )


def _within_rounds(moments: list[Moment]) -> tuple[float, float]:
    """Sum CPU and wall time from step to step, leaving out the change from round to round."""
    steps = [(a, b) for a, b in pairwise(moments) if a[0] == b[0]]
    return sum(b[1] - a[1] for a, b in steps), sum(b[2] - a[2] for a, b in steps)


def _while_waiting(setting: Setting) -> float:
    """Return CPU time over wall time from asking for a trial until its reply is here."""
    case = case_of("mlp-1e5", "eager")
    material = gathered([case], setting.cache)[case.id]
    seconds = setting.seconds(_SECONDS * 5)
    task = task_of(case, material, Sampling(min_seconds=seconds, max_seconds=seconds))
    pool = Pool(setting.room("parent"))
    try:
        pool.start(["eager"])
        cpu, start = process_time(), perf_counter()
        pool.ask("eager", {"task": asdict(task)}, _LIMIT_S)
        return (process_time() - cpu) / (perf_counter() - start)
    finally:
        pool.close()
