"""Who computes on a GPU beside us: its counters are those of the whole board."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode
from harness.meters.nvml import Nvml, translating

_FUNCTION_NOT_FOUND: Final = 13
"""A driver of before version 510. Source: NVIDIA, nvml.h, `nvmlReturn_t`."""
_ALONE: Final = "give the measurement a GPU of its own"
_NAMESPACE: Final = "a container sees its own processes by number with --pid=host"


def tenants(nvml: Nvml, handle: Any) -> frozenset[int]:  # noqa: ANN401 - NVML's own handle
    """Return the numbers of the processes that compute on a GPU, as the driver counts them.

    Raises:
        Unavailable: the driver does not tell.
    """
    with translating(nvml):
        try:
            found = nvml.nvmlDeviceGetComputeRunningProcesses_v3(handle)
        except nvml.NVMLError as error:
            if getattr(error, "value", 0) != _FUNCTION_NOT_FOUND:
                raise
            found = nvml.nvmlDeviceGetComputeRunningProcesses_v2(handle)
    return frozenset(int(process.pid) for process in found)


def strangers_before(before: Collection[int]) -> Reason | None:
    """Say who is on a GPU on which nothing of ours runs yet; None where nobody is."""
    if not before:
        return None
    detail = f"{len(before)} other processes compute on this GPU"
    return Reason(code=ReasonCode.DEVICE_SHARED, detail=detail, hint=_ALONE)


def strangers_beside(found: Collection[int], own: int) -> Reason | None:
    """Say who else is on a GPU on which this process runs; None where it is alone.

    Where exactly one process is listed, on a GPU that was free before, it is ours under whatever
    number: in a namespace of its own a process does not know the number that the driver has.

    Args:
        found: The processes that the driver lists.
        own: Number of this process, as it knows it.
    """
    if own in found and len(found) > 1:
        detail = f"{len(found) - 1} other processes came to this GPU"
        return Reason(code=ReasonCode.DEVICE_SHARED, detail=detail, hint=_ALONE)
    if own in found or len(found) == 1:
        return None
    detail = f"the driver lists {len(found)} processes, and this one is not among them"
    return Reason(code=ReasonCode.NVML_PID_NAMESPACE, detail=detail, hint=_NAMESPACE)


def who_else(nvml: Nvml, handle: Any, own: int) -> Reason | None:  # noqa: ANN401 - as above
    """Say who else is on a GPU on which this process runs, or why that is not known."""
    try:
        return strangers_beside(tenants(nvml, handle), own)
    except Unavailable as error:
        return error.reason
