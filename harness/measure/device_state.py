"""Clocks, temperature and throttling of a trial's GPU, read right before and right after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from time import perf_counter_ns
from typing import Any

from harness.backends.cuda_driver import device_uuid
from harness.core.case import Target
from harness.core.device import DeviceState
from harness.core.errors import Unavailable
from harness.meters.nvml import Importer, Nvml, opened
from harness.meters.nvml_board import handle_of
from harness.meters.nvml_state import read_state


@dataclass(slots=True)
class Watch:
    """What was read, once the stretch has ended."""

    state: DeviceState | None = None
    """None on a processor, and where the driver tells nothing."""


@contextmanager
def watching(
    target: Target,
    *,
    importer: Importer = import_module,
    identify: Callable[[str], str] = device_uuid,
    clock: Callable[[], int] = perf_counter_ns,
) -> Iterator[Watch]:
    """Read the state of a target's GPU before and after what is done inside.

    Nothing is read meanwhile: whatever asks the driver takes time of the measured process.

    Args:
        target: Whose device is watched.
        importer: Imports `pynvml` by name.
        identify: Gives the identity of a device such as `cuda:0`, as the CUDA driver counts it.
        clock: Monotonic, in ns.
    """
    watch = Watch()
    with ExitStack() as stack:
        found = _found(stack, target, importer, identify) if target.is_cuda else None
        before = None if found is None else read_state(*found[:2], clock)
        yield watch
        if found is not None and before is not None:
            nvml, handle, uuid = found
            watch.state = DeviceState(
                uuid=uuid, before=before, after=read_state(nvml, handle, clock)
            )


def _found(
    stack: ExitStack, target: Target, importer: Importer, identify: Callable[[str], str]
) -> tuple[Nvml, Any, str] | None:
    """Open NVML for as long as the stack, and find the device; None where it cannot be."""
    try:
        nvml = stack.enter_context(opened(importer=importer))
        uuid = identify(target.device)
        return nvml, handle_of(nvml, uuid), uuid
    except Unavailable:
        return None
