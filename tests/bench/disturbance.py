"""Whether the controller disturbs what its workers measure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Final

from harness.core.task import Sampling, Task
from harness.core.trial import Trial
from harness.core.wire import decode
from harness.measure.cores import allowed_cores
from harness.run.plan import Plan
from harness.run.schedule import cores_of_trial
from harness.run.start import Places, begin
from harness.store.read import read_run
from tests.bench.child import ONE_THREAD
from tests.bench.listening import Hooked
from tests.bench.material import case_of, gathered, task_of
from tests.bench.numbers import listed, middle
from tests.bench.quiet import level_of, quiet_latency
from tests.bench.row import Bound, Row, Setting

_NETWORK: Final = "mlp-1e5"
_PAIRS: Final = 16
_SECONDS: Final = 1.0
_BOUND: Final = Bound(0.99, 1.01)


def measure(setting: Setting) -> Row:
    """Have a run take a trial a round, and a lone worker take one between any two of them."""
    case = case_of(_NETWORK, "eager")
    material = gathered([case], setting.cache)[case.id]
    rounds, seconds = setting.times(_PAIRS, least=2), setting.seconds(_SECONDS)
    sampling = Sampling(min_seconds=seconds, max_seconds=2 * seconds)
    task = task_of(case, material, sampling)
    alone: list[Trial] = []
    room = setting.room("disturbance")

    def take_alone(label: str = "") -> None:
        del label
        alone.append(_alone(task, len(alone) + 1, room))

    family, size = _NETWORK.split("-")
    plan = Plan(
        family=(family,),
        params=(size,),
        backend=("eager",),
        rounds=rounds,
        seconds=seconds,
        control=False,
        memory=False,
        energy=False,
    )
    places = Places(out=room / "runs", cache=setting.cache, state=room / "state")
    path = begin(plan, ("tests.bench",), places, Hooked(take_alone))
    take_alone()
    return _row(list(read_run(path).trials), alone)


def _alone(task: Task, round_number: int, room: Path) -> Trial:
    """Have a spawned worker do the task, while this process only waits for its end."""
    pinned, spare = cores_of_trial(allowed_cores(), task.case.target.threads, round_number)
    request = {"task": {**asdict(task), "cores": pinned, "spare_cores": spare}}
    reply = room / "alone.json"
    subprocess.run(
        [sys.executable, "-P", "-m", "harness.run.worker", str(os.getpid()), str(reply)],
        input=json.dumps(request).encode(),
        env={**os.environ, **ONE_THREAD},
        check=True,
    )
    return decode(reply.read_bytes(), Trial)


def _row(full: list[Trial], alone: list[Trial]) -> Row:
    """Compare each trial of the run with the mean of the lone ones before and after it."""
    level = level_of([*full, *alone]) or 0.0
    run_ns = [quiet_latency(trial, level) for trial in full]
    lone_ns = [quiet_latency(trial, level) for trial in alone]
    pairs = [_ratio(ns, *lone_ns[place : place + 2]) for place, ns in enumerate(run_ns)]
    ratio = middle(pairs)
    there = [ns for ns in run_ns if ns is not None]
    detail = (
        f"{_NETWORK} eager, {median(there) / 1e3:.2f} us: each trial of a run over the mean of the "
        f"lone workers before and after it\npairs {listed(pairs)}"
    )
    figure = "-" if ratio is None else f"{ratio:.4f}"
    return Row("disturbance", figure, str(_BOUND), _BOUND.holds(ratio), detail)


def _ratio(run_ns: float | None, *lone_ns: float | None) -> float | None:
    there = [ns for ns in lone_ns if ns is not None]
    return run_ns / (sum(there) / len(there)) if run_ns is not None and there else None
