"""Asks the real bindings, in front of the stand-in, and prints what came of it as JSON.

Started as `python -m tests.nvml.answers BEHAVIOURS WHAT`, with the stand-in in NVML's place.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pynvml

from harness.analyse.spent import spent_in
from harness.core.case import Target
from harness.core.energy import Energy, WindowState
from harness.core.errors import Unavailable
from harness.measure.device_state import watching
from harness.measure.energy import Surroundings, Windower
from harness.measure.energy_counters import counters_of
from harness.meters.energy.quantity import Quantity
from harness.meters.nvml import NvmlMeter
from tests.bench.energy_sampling_child import share
from tests.nvml.behaviour import Behaviour
from tests.nvml.library import LIBRARY, VARIABLE

GPU = Target(backend="eager", device="cuda:0")
BEGIN_NS = 1_000_000_000
ITERATION_NS = 4_000_000
LEAST_NS = 200_000_000


class Clock:
    """Time of this process and of the library, which passes only when told."""

    def __init__(self) -> None:
        self.now = ctypes.c_int64.in_dll(ctypes.CDLL(LIBRARY), "standin_now_ns")
        self.now.value = BEGIN_NS

    def __call__(self) -> int:
        self.now.value += 1_000
        return self.now.value

    def wait(self, seconds: float) -> None:
        self.now.value += round(seconds * 1e9)


@dataclass
class Model:
    """A network whose iteration takes so long."""

    wait: Callable[[float], None]
    asynchronous: bool = True

    def run(self) -> None:
        self.wait(ITERATION_NS * 1e-9)

    def synchronize(self) -> None:
        """Nothing is under way."""


def identify(device: str) -> str:
    """Stand for the CUDA driver: the first board, by the identity in the file."""
    del device
    (uuid, *_) = json.loads(Path(os.environ[VARIABLE]).read_text(encoding="utf-8"))["uuids"]
    return str(uuid).partition("-")[2]


def take(around: Surroundings) -> Energy:
    """Take a whole energy pass of a GPU."""
    sysfs = Path("/nonexistent")
    with counters_of(GPU, sysfs, identify=identify, clock=around.clock) as found:
        windower = Windower(found=found, least_ns=LEAST_NS, around=around)
        windower.begin()
        windower.run(Model(around.wait))
        return windower.energy()


def passed(behaviour: Behaviour, clock: Clock) -> dict[str, Any]:
    """Take a pass in time that is told to pass, and hold it against the truth of the trace."""
    return weighed(behaviour, take(Surroundings(clock=clock, wait=clock.wait)))


def in_real_time(behaviour: Behaviour, clock: Clock) -> dict[str, Any]:
    """Take a pass on the machine's own clock."""
    clock.now.value = 0
    return weighed(behaviour, take(Surroundings()))


def weighed(behaviour: Behaviour, energy: Energy) -> dict[str, Any]:
    """Return what a pass comes to, and what it should."""
    spent = spent_in(energy, 1)
    windows, at_ns = energy.windows, energy.counters[0].at_ns
    ends = [
        (at_ns[first], at_ns[last])
        for first, last, state in zip(windows.first, windows.last, windows.state, strict=True)
        if state is WindowState.WORK
    ]
    truth_uj = sum(behaviour.trace.energy_uj(b) - behaviour.trace.energy_uj(a) for a, b in ends)
    return {
        "truth_j": truth_uj * 1e-6,
        "truth_w": truth_uj * 1e3 / sum(b - a for a, b in ends),
        "energy": told(spent.energy),
        "power": told(spent.power),
        "per_item": told(spent.per_item),
        "net": told(spent.net),
        "net_of_bare": told(spent.net_of_bare),
        "iterations": sum(windows.iterations),
        "states": list(windows.state),
        "methods": [counter.method for counter in energy.counters],
        "names": [counter.name for counter in energy.counters],
        "periods_ns": [counter.update_period_ns for counter in energy.counters],
        "flags": [str(flag.code) for flag in spent.flags],
        "missing": {name: str(reason.code) for name, reason in energy.missing.items()},
        "domains": list(spent.domains),
    }


def told(figure: Quantity) -> dict[str, Any]:
    reason = None if figure.reason is None else str(figure.reason.code)
    return {
        "value": figure.value, "bound": figure.bound, "method": figure.method, "reason": reason
    }  # fmt: skip


def state(behaviour: Behaviour, clock: Clock) -> dict[str, Any]:
    """Watch the board for two seconds."""
    del behaviour
    with watching(GPU, identify=identify, clock=clock) as watch:
        clock.wait(2.0)
    if watch.state is None:
        return {"state": None}
    share, is_throttled = watch.state.disturbed_share(), watch.state.is_throttled
    return {"state": asdict(watch.state), "share": share, "is_throttled": is_throttled}


def meter(behaviour: Behaviour, clock: Clock) -> dict[str, Any]:
    """Ask the meter of all boards whether it can read."""
    del behaviour, clock
    reason = NvmlMeter(patience_s=1.0).availability()
    return {"reason": None if reason is None else asdict(reason)}


def structures(behaviour: Behaviour, clock: Clock) -> dict[str, int]:
    """Return size and offsets of the bindings' own structures."""
    del behaviour, clock
    kinds = {
        "nvmlValue_t": pynvml.c_nvmlValue_t,
        "nvmlFieldValue_t": pynvml.c_nvmlFieldValue_t,
        "nvmlMemory_t": pynvml.c_nvmlMemory_t,
        "nvmlMemory_v2_t": pynvml.c_nvmlMemory_v2_t,
        "nvmlProcessInfo_v2_t": pynvml.c_nvmlProcessInfo_v2_t,
    }
    found = {name: ctypes.sizeof(kind) for name, kind in kinds.items()}
    for name, kind in kinds.items():
        if issubclass(kind, ctypes.Structure):
            for member, *_ in kind._fields_:
                found[f"{name}.{member}"] = type.__getattribute__(kind, member).offset
    return found


def cost(behaviour: Behaviour, clock: Clock) -> dict[str, Any]:
    """Let a window pass on the machine's own clock; return which share of a core that took."""
    del behaviour
    clock.now.value = 0
    with counters_of(GPU, Path("/nonexistent"), identify=identify) as found:
        windower = Windower(found=found, least_ns=LEAST_NS)
        windower.learn_periods()
        taken = share(windower, float(sys.argv[3]))
    return {"share": taken, "readings": len(windower.book.moments)}


WHATS = {
    "cost": cost,
    "passed": passed,
    "in_real_time": in_real_time,
    "state": state,
    "meter": meter,
    "structures": structures,
}


def answers(behaviours: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    """Do one thing for each behaviour; a refusal is an answer too."""
    found = []
    for one in behaviours:
        behaviour = Behaviour(**{**one, "levels": tuple(map(tuple, one["levels"]))})
        behaviour.write(Path(os.environ[VARIABLE]))
        try:
            found.append(WHATS[what](behaviour, Clock()))
        except Unavailable as error:
            found.append({"refused": asdict(error.reason)})
    return found


if __name__ == "__main__":
    assert fields(Behaviour)
    done = answers(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2])
    sys.stdout.write(json.dumps(done))
    sys.stdout.flush()
    os._exit(0)  # a call that never returns must not hold the answer back
