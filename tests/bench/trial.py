"""What one more trial costs besides its sampling: fork, prepare, verify, reply, record."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, datetime
from statistics import median
from time import perf_counter_ns
from typing import Any, Final

from harness.core.case import Case
from harness.core.run import SCHEMA_VERSION, RunHeader
from harness.core.task import Sampling
from harness.core.trial import Status, Trial
from harness.core.wire import decode
from harness.environment.describe import describe
from harness.measure.cores import allowed_cores
from harness.run.pool import Pool
from harness.run.schedule import cores_of_trial
from harness.store.write import RunWriter
from tests.bench.material import case_of, gathered, task_of
from tests.bench.row import Row, Setting, under

_NETWORK: Final = "mlp-1e4"
_TRIALS: Final = 30
_LIMIT_S: Final = 60.0
_BOUND: Final = under(60)
_SAMPLING: Final = ("sample", "transfers")
_MS: Final = 1e6


def measure(setting: Setting) -> Row:
    """Ask a warm server for trials as a run does; subtract what each spent sampling."""
    case = case_of(_NETWORK, "eager")
    material = gathered([case], setting.cache)[case.id]
    cores = cores_of_trial(allowed_cores(), 1, 1)
    task = task_of(case, material, Sampling(), cores)
    parts: defaultdict[str, list[float]] = defaultdict(list)
    samples = []
    pool = Pool(setting.room("trial"))
    try:
        pool.start(["eager"])
        with RunWriter.create(setting.room("trial-runs"), _header(case)) as writer:
            for number in range(setting.times(_TRIALS) + 1):
                trial, spent = _one(pool, writer, {"task": asdict(task)})
                if number:  # the first one finds no file in the page cache
                    samples.append(len(trial.timeline.samples_ns) if trial.timeline else 0)
                    for name, ns in spent.items():
                        parts[name].append(ns / _MS)
    finally:
        pool.close()
    fixed = median(parts["all"])
    rest = ", ".join(f"{name} {median(took):.1f}" for name, took in parts.items())
    return Row(
        "trial",
        f"{fixed:.0f} ms",
        f"{_BOUND} ms",
        _BOUND.holds(fixed),
        f"medians of {len(samples)} in ms: {rest}\n{median(samples):.0f} samples a trial",
    )


def _one(pool: Pool, writer: RunWriter, request: dict[str, Any]) -> tuple[Trial, dict[str, int]]:
    """Take one trial; return it and what each part took, in ns, sampling left out."""
    start = perf_counter_ns()
    reply = pool.ask("eager", request, _LIMIT_S)
    asked = perf_counter_ns()
    trial = decode(reply, Trial)
    decoded = perf_counter_ns()
    writer.append_trial(trial)
    end = perf_counter_ns()
    if trial.outcome.status is not Status.COMPLETED:
        raise RuntimeError(f"the trial ended with {trial.outcome.reason}")
    sampling = sum(trial.phases_ns.get(name, 0) for name in _SAMPLING)
    inside = {key: ns for key, ns in trial.phases_ns.items() if key not in _SAMPLING}
    return trial, {
        "all": end - start - sampling,
        **inside,
        "fork, inputs and reply": asked - start - sum(trial.phases_ns.values()),
        "decode": decoded - asked,
        "write": end - decoded,
    }


def _header(case: Case) -> RunHeader:
    return RunHeader(
        schema_version=SCHEMA_VERSION,
        run_id="bench",
        started_at=datetime.now(UTC).isoformat(),
        command=(),
        plan={},
        rounds=1,
        seed=0,
        environment=describe(),
        cases=(case,),
        parameter_counts={case.id: case.nominal},
    )
