from __future__ import annotations

from dataclasses import dataclass

import pytest

from harness.backends.cuda_driver import device_uuid, missing_device
from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode


@dataclass
class Driver:
    """Answers as libcuda does."""

    count: int = 0
    init: int = 0
    counting: int = 0
    naming: int = 0

    def __call__(self, _name):
        return self

    def cuInit(self, _flags):  # noqa: N802 - the driver's own name
        return self.init

    def cuDeviceGetCount(self, pointer):  # noqa: N802 - as above
        pointer._obj.value = self.count
        return self.counting

    def cuDeviceGet(self, pointer, index):  # noqa: N802 - as above
        pointer._obj.value = index
        return 0

    def cuDeviceGetUuid_v2(self, pointer, handle):  # noqa: N802 - as above
        pointer._obj[:] = bytes(range(15)) + bytes([handle.value])
        return self.naming


def test_a_device_that_the_driver_offers_is_not_missing():
    assert missing_device("cuda:1", Driver(count=2)) is None


@pytest.mark.parametrize(
    ("driver", "said"),
    [
        (Driver(count=1), "offers 1 devices"),
        (Driver(init=100), "cuInit gave 100"),
        (Driver(count=2, counting=3), "no cuda:1"),
    ],
)
def test_a_device_that_is_missing_has_the_drivers_own_reason(driver, said):
    reason = missing_device("cuda:1", driver)
    assert reason is not None
    assert reason.code is ReasonCode.NO_CUDA_DEVICE
    assert said in reason.detail


def test_a_machine_without_a_driver_says_that_the_library_does_not_load():
    def absent(name):
        raise OSError(name)

    reason = missing_device("cuda:0", absent)
    assert reason is not None
    assert "could not be loaded" in reason.detail
    assert reason.hint


def test_a_device_has_the_identity_that_the_driver_gives_it_whatever_its_index_elsewhere():
    # RFC 4122 writes sixteen bytes as 8-4-4-4-12 digits.
    assert device_uuid("cuda:1", Driver(count=2)) == "00010203-0405-0607-0809-0a0b0c0d0e01"


@pytest.mark.parametrize("driver", [Driver(count=1), Driver(count=2, naming=3)])
def test_a_device_that_is_not_there_or_not_named_has_no_identity(driver):
    with pytest.raises(Unavailable, match="no_cuda_device"):
        device_uuid("cuda:1", driver)
