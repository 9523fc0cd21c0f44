"""GPUs are what their driver says, and no driver is no GPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from harness.environment.comparability import differing_keys
from harness.environment.describe import describe
from harness.environment.gpus import describe_gpus, load_nvml
from tests.unit.environment.machines import SERVER, NVMLError, grow, host_at


@dataclass
class Driver:
    """Stands for `pynvml` on a machine with GPUs; what is not in `answers` is refused."""

    answers: Mapping[str, object]
    running: bool = False
    NVML_CLOCK_SM = 1
    NVML_CLOCK_MEM = 2
    NVMLError = NVMLError

    def __getattr__(self, name):
        def answer(*_):
            if name in {"nvmlInit", "nvmlShutdown"}:
                self.running = name == "nvmlInit"
                return None
            assert self.running, f"{name} was asked while the driver was not in use"
            if name not in self.answers:
                raise NVMLError(name)
            return self.answers[name]

        return answer


@dataclass
class Memory:
    total: int = 150_000_000_000


GPU: dict[str, object] = {
    "nvmlDeviceGetCount": 2,
    "nvmlDeviceGetHandleByIndex": object(),
    "nvmlDeviceGetUUID": b"GPU-1234",
    "nvmlDeviceGetName": "NVIDIA Made Up",
    "nvmlSystemGetDriverVersion": "600.1",
    "nvmlDeviceGetMemoryInfo": Memory(),
    "nvmlDeviceGetPowerManagementLimit": 700_000,
    "nvmlDeviceGetMaxClockInfo": 1980,
    "nvmlDeviceGetCudaComputeCapability": (9, 0),
    "nvmlDeviceGetEccMode": [1, 1],
    "nvmlDeviceGetMigMode": [0, 0],
}


def test_gpus_are_described_by_their_driver_and_what_is_refused_is_left_out():
    first, second = describe_gpus(Driver(GPU))
    assert first == second
    assert first == {
        "uuid": "GPU-1234",
        "name": "NVIDIA Made Up",
        "driver": "600.1",
        "memory_bytes": "150000000000",
        "power_limit_mw": "700000",
        "max_sm_clock_mhz": "1980",
        "max_memory_clock_mhz": "1980",
        "compute_capability": "9.0",
        "ecc": "on",
        "mig": "off",
    }


def test_equal_gpus_are_comparable_whatever_their_uuid(tmp_path):
    host = host_at(grow(tmp_path, SERVER))
    first = describe(host, nvml=Driver(GPU))
    second = describe(host, nvml=Driver(GPU | {"nvmlDeviceGetUUID": "GPU-9999"}))
    parted = describe(host, nvml=Driver(GPU | {"nvmlDeviceGetMigMode": [1, 1]}))
    assert first.versions["nvidia-driver"] == "600.1"
    assert differing_keys(first, second) == {}
    assert differing_keys(first, parted) == {
        "gpus": ("2 x NVIDIA Made Up", "2 x NVIDIA Made Up (MIG)")
    }


def test_a_driver_that_fails_half_way_gives_no_gpus():
    driver = Driver({})
    assert describe_gpus(driver) == ()
    assert not driver.running


def test_without_the_bindings_there_are_no_gpus():
    assert describe_gpus(None) == ()
    assert load_nvml() is None or hasattr(load_nvml(), "nvmlInit")


def test_a_gpu_that_was_lost_is_one_of_which_nothing_is_known():
    class Losing(Driver):
        def __getattr__(self, name):
            if name == "nvmlDeviceGetHandleByIndex":
                return self.handle
            return super().__getattr__(name)

        def handle(self, index):
            if index:
                raise NVMLError("lost")
            return object()

    first, second = describe_gpus(Losing(GPU))
    assert first["name"] == "NVIDIA Made Up"
    assert second == {}


@pytest.mark.parametrize(("mode", "told"), [(0, "none"), (2, "vgpu"), (9, None)])
def test_how_a_gpu_is_shared_with_guests_is_told_where_it_is_known(mode, told):
    (found, _) = describe_gpus(Driver(GPU | {"nvmlDeviceGetVirtualizationMode": mode}))
    assert found.get("virtualization") == told


def test_a_driver_that_is_gone_at_the_end_costs_nothing_that_it_told():
    class Gone(Driver):
        def __getattr__(self, name):
            if name == "nvmlShutdown":
                raise NVMLError(name)
            return super().__getattr__(name)

    assert len(describe_gpus(Gone(GPU))) == 2
