"""Memory of one case, in a spawned process that does nothing else."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter_ns
from typing import Final

from harness.backends.base import Backend, PreparedModel
from harness.backends.registry import load
from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode
from harness.core.task import Task
from harness.core.trial import HostMemory
from harness.measure.device_memory import DeviceWatch
from harness.measure.reference import read_inputs
from harness.measure.slices import one_pass, time_each
from harness.meters.host_memory import HostMemoryMeter

_RUN_NS: Final = 50_000_000
_FEWEST_RUNS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """What a memory pass reads with; the defaults are this machine's own."""

    host: HostMemoryMeter = field(default_factory=HostMemoryMeter)
    device: Callable[[str], DeviceWatch] = DeviceWatch.of
    """Of `cuda:<index>`."""
    backend: Callable[[str], Backend] = load


def measure_memory(task: Task, weighing: Weighing | None = None) -> HostMemory:
    """Read the kernel's marks at the borders of the phases of this process.

    A fork would inherit its server's pages; this needs a process of its own. On a GPU, an empty
    context is made first: what it takes of the host is the runtime's.

    Raises:
        Unavailable: the platform keeps no high-water mark that can be reset.
    """
    case, given = task.case, weighing or Weighing()
    meter, backend = given.host, given.backend(case.target.backend)
    backend.preload()
    inputs, _ = read_inputs(task)
    watch, device_reason = _watch(task, given)
    gc.collect()
    meter.release_free_heap()
    meter.reset()
    runtime = meter.marks()
    with backend.prepare(task.artifact, case.target, case.batch_size) as model:
        loaded = meter.marks()
        meter.reset()
        model.bind(inputs)
        _run(model, watch)
        run = meter.marks()
        held = HostMemory(
            runtime=runtime.resident,
            load_peak=loaded.high_water,
            loaded=loaded.resident,
            run_peak=run.high_water,
            runtime_anonymous=runtime.anonymous,
            loaded_anonymous=loaded.anonymous,
            lower_bound=task.lower_bound,
            steady=run.resident,
            steady_anonymous=run.anonymous,
            steady_exact=meter.resident_exactly(),
            inputs=sum(array.nbytes for array in inputs),
            device_reason=device_reason,
        )
        return held if watch is None else _with_device(held, watch, model)


def _run(model: PreparedModel, watch: DeviceWatch | None) -> None:
    """Run as often as memory needs to settle; a GPU is read after the load and the first pass."""
    if watch is not None:
        watch.note()
    call = one_pass(model)
    call()
    if watch is not None:
        watch.note()
    for _ in range(_FEWEST_RUNS - 1):
        call()
    time_each(call, _RUN_NS, perf_counter_ns)


def _watch(task: Task, weighing: Weighing) -> tuple[DeviceWatch | None, Reason | None]:
    """Begin to watch the case's GPU; else say why there is none to watch."""
    target = task.case.target
    if not target.is_cuda:
        on_cpu = "the case runs on the CPU"
        return None, Reason(code=ReasonCode.NOT_ON_THIS_DEVICE, detail=on_cpu)
    try:
        watch = weighing.device(target.device)
        watch.begin()
    except Unavailable as error:
        return None, error.reason
    return watch, None


def _with_device(held: HostMemory, watch: DeviceWatch, model: PreparedModel) -> HostMemory:
    found = watch.end(model)
    return replace(
        held, device=found, device_peak=found.process_peak, device_reason=found.process_reason
    )
