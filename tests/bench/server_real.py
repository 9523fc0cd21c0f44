"""The server scenario in real time, in worker processes: beside the closed form, and for real."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.analyse.load import lateness_ns
from harness.analyse.records import records
from harness.core.load import Load
from harness.core.record import Record
from harness.core.run import Run
from harness.report.format import estimate
from harness.run.plan import Plan
from harness.run.start import Places, begin
from harness.store.read import read_run
from tests.bench.listening import Hooked
from tests.bench.numbers import percent
from tests.bench.row import Row, Setting
from tests.md1 import mean_wait, wait_quantile

_SECONDS: Final = 20.0
_FAKE: Final = Plan(
    family=("mlp",),
    params=("1e4",),
    backend=("fake",),
    options=("fake.work_us=1000",),
    scenario=("server",),
    rate=(500.0, 700.0),
    rounds=1,
    load_seconds=_SECONDS,
    control=False,
    memory=False,
    energy=False,
)
"""A backend that keeps its core busy for a millisecond, at half and seven tenths of its rate."""
_REAL: Final = replace(
    _FAKE, family=("cnn",), params=("1e6",), backend=("onnxruntime",), options=(), rate=(0.0,)
)
_SHOWN: Final = ("rate_max", "latency_p50", "latency_p99", "wait_p99", "lateness_p99")


def measure(setting: Setting) -> Row:
    """Serve in real time at two loads; then look for the highest rate of a real network."""
    fake, real = _run(setting, _FAKE), _run(setting, _REAL)
    lines = [_beside(trial.load) for trial in fake.trials if trial.load is not None]
    (record,) = records(real)
    lines.append(_told(record))
    lines += [_steps(trial.load) for trial in real.trials if trial.load is not None]
    value = record.values["rate_max"]
    return Row(
        "server_real",
        f"{record.case.slug}: {estimate(value, with_interval=True)}; {lines[0]}",
        "printed beside the virtual time",
        value.value is not None,
        "\n".join(lines),
    )


def _run(setting: Setting, plan: Plan) -> Run:
    room = setting.room("server_real")
    places = Places(out=room / "runs", cache=setting.cache, state=room / "state")
    plan = replace(plan, load_seconds=max(4.0, setting.seconds(_SECONDS)))
    return read_run(begin(plan, ("tests.bench",), places, Hooked(_nothing)))


def _beside(load: Load) -> str:
    """Say what a constant service of that duration would give, and what was measured."""
    served = np.array(load.served_ns, dtype=np.float64)
    service = float(np.median(served))
    waited = np.array(load.waited_ns, dtype=np.float64) / service
    share = load.rate * service * 1e-9
    late = lateness_ns(load)
    gone = load.waits.asleep_ns + load.waits.spun_ns
    return (
        f"{load.rate:g}/s at {service / 1e6:.3f} ms: mean wait {waited.mean():.3f} services, M/D/1 "
        f"{mean_wait(share):.3f}, M/G/1 of these services "
        f"{_general(load.rate, served):.3f}; p99 {np.quantile(waited, 0.99):.2f}, M/D/1 "
        f"{wait_quantile(0.99, share):.2f}; service p99 / median "
        f"{np.quantile(served, 0.99) / service:.2f}; late after idling: median "
        f"{np.median(late) / 1e3:.1f} us, p99 {np.quantile(late, 0.99) / 1e3:.0f} us; clock "
        f"watched for {percent(load.waits.spun_ns / gone)} of the time without a query"
    )


def _general(rate: float, served_ns: NDArray[np.float64]) -> float:
    """Return the mean wait of a queue whose services are independent and spread as these do.

    Source: Pollaczek (1930) and Khinchine (1932); Kleinrock, Queueing Systems I (1975), 5.7.
    """
    served = served_ns * 1e-9
    idle = 1 - rate * float(served.mean())
    wait = rate * float((served**2).mean()) / (2 * idle) if idle > 0 else np.inf
    return wait / float(np.median(served))


def _told(record: Record) -> str:
    shown = (f"{name} {estimate(record.values[name], with_interval=True)}" for name in _SHOWN)
    return f"{record.case.slug}: {', '.join(shown)}"


def _steps(load: Load) -> str:
    """List the rates that were tried, and what came of each."""
    told = (
        f"{step.rate:.0f}/s {'held' if step.holds else 'broke'}{'' if step.proven else ' (?)'}"
        for step in load.steps
    )
    return f"bound {load.bound_ns / 1e6:.2f} ms; tried {', '.join(told)}; (?): not proven"


def _nothing(label: str) -> None:
    del label
