"""The driver's calls over a stand-in library."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from harness.backends.cuda_context import device_uuid, make_context
from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode


@dataclass
class Driver:
    """Two devices, in CUDA's order."""

    fails: dict[str, int] = field(default_factory=dict)
    contexts: list[int] = field(default_factory=list)

    def cuInit(self, flags):  # noqa: N802 - its name
        assert flags == 0
        return self.fails.get("cuInit", 0)

    def cuDeviceGet(self, handle, index):  # noqa: N802
        if index > 1:
            return 101
        handle._obj.value = 70 + index
        return 0

    def cuDeviceGetUuid_v2(self, found, handle):  # noqa: N802
        found._obj[:] = [handle.value] * 16
        return 0

    def cuDevicePrimaryCtxRetain(self, context, handle):  # noqa: N802
        assert context._obj.value is None
        self.contexts.append(handle.value)
        return self.fails.get("cuDevicePrimaryCtxRetain", 0)


@pytest.mark.parametrize(("device", "byte"), [("cuda", "46"), ("cuda:0", "46"), ("cuda:1", "47")])
def test_a_device_is_named_as_the_driver_names_it(device, byte):
    expected = "-".join(byte * count for count in (4, 2, 2, 2, 6))
    assert device_uuid(device, lambda _: Driver()) == expected


def test_a_context_is_made_on_the_device_asked_for():
    driver = Driver()
    make_context("cuda:1", lambda _: driver)
    assert driver.contexts == [71]


@pytest.mark.parametrize(
    ("device", "fails", "said"),
    [
        ("cuda:0", {"cuInit": 100}, "cuInit gave 100"),
        ("cuda:2", {}, "cuDeviceGet gave 101"),
        ("cuda:0", {"cuDevicePrimaryCtxRetain": 2}, "cuDevicePrimaryCtxRetain gave 2"),
    ],
)
def test_what_the_driver_refuses_is_named(device, fails, said):
    with pytest.raises(Unavailable, match=said) as caught:
        make_context(device, lambda _: Driver(fails))
    assert caught.value.reason.code is ReasonCode.NO_CUDA_DEVICE


def test_a_machine_without_the_driver_says_so():
    def missing(name):
        raise OSError(f"{name}: no such file")

    with pytest.raises(Unavailable, match="no such file"):
        device_uuid("cuda:0", missing)
