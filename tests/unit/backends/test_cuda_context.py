"""The driver's calls over a stand-in library."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from harness.backends.cuda_context import make_context
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
        handle._obj.value = 70 + index
        return self.fails.get("cuDeviceGet", 0)

    def cuDeviceGetCount(self, count):  # noqa: N802
        count._obj.value = 2
        return 0

    def cuDevicePrimaryCtxRetain(self, context, handle):  # noqa: N802
        assert context._obj.value is None
        self.contexts.append(handle.value)
        return self.fails.get("cuDevicePrimaryCtxRetain", 0)


def test_a_context_is_made_on_the_device_asked_for():
    driver = Driver()
    make_context("cuda:1", lambda _: driver)
    assert driver.contexts == [71]


@pytest.mark.parametrize(
    ("device", "fails", "said"),
    [
        ("cuda:0", {"cuInit": 100}, "cuInit gave 100"),
        ("cuda:2", {}, "no cuda:2: the driver offers 2 devices"),
        ("cuda:0", {"cuDeviceGet": 101}, "no context on cuda:0: status 101"),
        ("cuda:0", {"cuDevicePrimaryCtxRetain": 2}, "no context on cuda:0: status 2"),
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
        make_context("cuda:0", missing)
