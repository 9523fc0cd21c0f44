"""The meter of a GPU's memory over a stand-in for `pynvml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode
from harness.meters.device_memory import DeviceMemoryMeter, most_free

UUID = "00000000-0000-0000-0000-0000000000ff"


class NvmlError(Exception):
    def __init__(self, value: int) -> None:
        super().__init__(f"status {value}")
        self.value = value


@dataclass
class Nvml:
    """A driver with two GPUs; the second is known by its UUID."""

    NVMLError = NvmlError
    nvmlMemory_v2 = 0x02000028  # noqa: N815 - its name

    prefix: str = "GPU-"
    listed: list[Any] = field(default_factory=list)
    fails: dict[str, int] = field(default_factory=dict)
    """By function, the status with which it fails."""
    open: int = 0

    def _check(self, name: str) -> None:
        if name in self.fails:
            raise NvmlError(self.fails[name])

    def nvmlInit(self):  # noqa: N802 - its name
        self._check("nvmlInit")
        self.open += 1

    def nvmlShutdown(self):  # noqa: N802
        self.open -= 1

    def nvmlDeviceGetCount(self):  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, index):  # noqa: N802
        return index

    def nvmlDeviceGetHandleByUUID(self, uuid):  # noqa: N802
        if uuid != f"{self.prefix}{UUID}":
            raise NvmlError(6)
        return 1

    def nvmlDeviceGetMemoryInfo(self, handle, version=None):  # noqa: N802
        self._check("nvmlDeviceGetMemoryInfo")
        reserved = 0 if version == self.nvmlMemory_v2 else 7
        return SimpleNamespace(used=100 * (handle + 1) + reserved, free=1000 * (handle + 1))

    def nvmlDeviceGetComputeRunningProcesses(self, handle):  # noqa: N802
        assert handle == 1
        return self.listed

    nvmlDeviceGetComputeRunningProcesses_v3 = nvmlDeviceGetComputeRunningProcesses  # noqa: N815


def process(pid: int, used: int | None = 5) -> SimpleNamespace:
    return SimpleNamespace(pid=pid, usedGpuMemory=used)


def meter(nvml: Nvml) -> DeviceMemoryMeter:
    return DeviceMemoryMeter(uuid=UUID, pid=42, nvml=nvml)


@pytest.mark.parametrize("prefix", ["GPU-", "MIG-"])
def test_a_device_is_found_by_its_uuid_and_read_without_what_the_driver_reserves(prefix):
    nvml = Nvml(prefix=prefix)
    assert meter(nvml).read() == 200
    assert meter(nvml).availability() is None
    assert DeviceMemoryMeter(nvml=nvml).read() == 100
    assert nvml.open == 0


def test_the_process_is_found_by_its_id():
    nvml = Nvml(listed=[process(41, 1), process(42, 77)])
    assert meter(nvml).of_process() == 77
    assert meter(nvml).tenants() == {41, 42}


def test_a_process_that_the_driver_does_not_know_by_its_id_has_that_reason():
    with pytest.raises(Unavailable, match="1 processes, none with the number 42") as caught:
        meter(Nvml(listed=[process(41)])).of_process()
    assert caught.value.reason.code is ReasonCode.NVML_PID_NAMESPACE
    assert "--pid=host" in caught.value.reason.hint


def test_a_process_that_is_alone_is_ours_under_whatever_number():
    assert meter(Nvml(listed=[process(41, 9)])).of_process(alone=True) == 9
    with pytest.raises(Unavailable, match="lists 2"):
        meter(Nvml(listed=[process(40), process(41)])).of_process(alone=True)


def test_a_size_that_the_driver_does_not_tell_is_no_zero():
    with pytest.raises(Unavailable) as caught:
        meter(Nvml(listed=[process(42, None)])).of_process()
    assert caught.value.reason.code is ReasonCode.NVML_NOT_SUPPORTED


@pytest.mark.parametrize(
    ("function", "status", "code"),
    [
        ("nvmlInit", 12, ReasonCode.NVML_LIBRARY_NOT_FOUND),
        ("nvmlInit", 18, ReasonCode.NVML_DRIVER_MISMATCH),
        ("nvmlDeviceGetMemoryInfo", 3, ReasonCode.NVML_NOT_SUPPORTED),
        ("nvmlDeviceGetMemoryInfo", 4, ReasonCode.NVML_NO_PERMISSION),
        ("nvmlDeviceGetMemoryInfo", 999, ReasonCode.NVML_NOT_SUPPORTED),
    ],
)
def test_a_status_of_the_driver_becomes_a_reason(function, status, code):
    nvml = Nvml(fails={function: status})
    reason = meter(nvml).availability()
    assert reason is not None
    assert reason.code is code
    assert str(status) in reason.detail
    assert most_free(nvml) is None
    assert nvml.open == 0


def test_the_most_free_memory_is_that_of_the_gpu_that_has_most():
    assert most_free(Nvml()) == 2000
