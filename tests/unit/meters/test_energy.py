from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode
from harness.meters import nvml
from harness.meters.fake import FakeMeter


class NvmlError(Exception):
    def __init__(self, value: int) -> None:
        super().__init__(f"status {value}")
        self.value = value


@dataclass
class Nvml:
    """Stands for pynvml: answers each call with what it was made with."""

    NVMLError = NvmlError
    count: int = 1
    init: int = 0
    energy: int = 0
    events: list[str] = field(default_factory=list)

    def nvmlInit(self):  # noqa: N802 - NVML's own names
        if self.init:
            raise NvmlError(self.init)

    def nvmlShutdown(self):  # noqa: N802 - as above
        self.events.append("shutdown")

    def nvmlDeviceGetCount(self):  # noqa: N802 - as above
        return self.count

    def nvmlDeviceGetHandleByIndex(self, index):  # noqa: N802 - as above
        return index

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):  # noqa: N802 - as above
        if self.energy:
            raise NvmlError(self.energy)
        return handle


@pytest.mark.parametrize(
    ("module", "code"),
    [
        (Nvml(), ReasonCode.NO_ENERGY_WINDOW),
        (Nvml(count=0), ReasonCode.NO_CUDA_DEVICE),
        (Nvml(init=12), ReasonCode.NVML_LIBRARY_NOT_FOUND),
        (Nvml(init=9), ReasonCode.NVML_LIBRARY_NOT_FOUND),
        (Nvml(init=18), ReasonCode.NVML_LIBRARY_NOT_FOUND),
        (Nvml(init=4), ReasonCode.NVML_NO_PERMISSION),
        (Nvml(energy=3), ReasonCode.NVML_NOT_SUPPORTED),
        (Nvml(energy=4), ReasonCode.NVML_NO_PERMISSION),
        (Nvml(energy=999), ReasonCode.NVML_NOT_SUPPORTED),
    ],
)
def test_what_nvml_answers_becomes_a_code_of_the_closed_list(module, code):
    meter = nvml.NvmlMeter(module)
    assert meter.availability().code is code
    with pytest.raises(Unavailable) as caught:
        meter.read()
    assert caught.value.reason == meter.availability()


def test_nvml_is_left_as_often_as_it_was_entered():
    module = Nvml(energy=3)
    nvml.availability(module)
    assert module.events == ["shutdown"]


def test_a_missing_package_is_named():
    def absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    reason = nvml.availability(importer=absent)
    assert reason.code is ReasonCode.NVML_LIBRARY_NOT_FOUND
    assert "pynvml" in reason.detail
    assert "nvidia-ml-py" in reason.hint


def test_a_fake_reads_what_it_was_told_or_gives_its_reason():
    meter = FakeMeter(iter([3, 5]))
    assert meter.availability() is None
    assert [meter.read(), meter.read()] == [3, 5]
    reason = Reason(code=ReasonCode.NVML_NOT_SUPPORTED, detail="a fake")
    with pytest.raises(Unavailable) as caught:
        FakeMeter(reason=reason).read()
    assert caught.value.reason == reason
