"""Host memory of one case, in a spawned process that does nothing else."""

from __future__ import annotations

import gc
from time import perf_counter_ns
from typing import Final

from harness.backends.registry import load
from harness.core.reason import Reason, ReasonCode
from harness.core.task import Task
from harness.core.trial import HostMemory
from harness.measure.reference import read_inputs
from harness.measure.slices import one_pass, time_each
from harness.meters.host_memory import HostMemoryMeter

_RUN_NS: Final = 50_000_000
_FEWEST_RUNS: Final = 3


def measure_memory(task: Task) -> HostMemory:
    """Read the kernel's marks at the borders of the phases of this process.

    A fork would inherit its server's pages; this needs a process of its own.

    Raises:
        Unavailable: the platform keeps no high-water mark that can be reset.
    """
    case, meter = task.case, HostMemoryMeter()
    backend = load(case.target.backend)
    backend.preload()
    inputs, _ = read_inputs(task)
    gc.collect()
    meter.release_free_heap()
    meter.reset()
    runtime = meter.marks()
    with backend.prepare(task.artifact, case.target, case.batch_size) as model:
        loaded = meter.marks()
        meter.reset()
        model.bind(inputs)
        call = one_pass(model)
        for _ in range(_FEWEST_RUNS):
            call()
        time_each(call, _RUN_NS, perf_counter_ns)
        run = meter.marks()
    on_device = Reason(code=ReasonCode.NOT_ON_THIS_DEVICE, detail="the case runs on the CPU")
    return HostMemory(
        runtime=runtime.resident,
        load_peak=loaded.high_water,
        loaded=loaded.resident,
        run_peak=run.high_water,
        runtime_anonymous=runtime.anonymous,
        loaded_anonymous=loaded.anonymous,
        lower_bound=task.lower_bound,
        device_reason=None if case.target.is_cuda else on_device,
    )
