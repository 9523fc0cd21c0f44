from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode
from harness.meters import nvml, rapl
from harness.meters.fake import FakeMeter


def powercap(root: Path, zones: dict[str, dict[str, str]]) -> Path:
    """Write a tree as the kernel shows it."""
    for zone, files in zones.items():
        folder = root / "sys/class/powercap" / zone
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text + "\n")
    return root


def test_a_machine_without_powercap_says_so_and_what_a_container_needs(tmp_path):
    reason = rapl.availability(tmp_path)
    assert reason.code is ReasonCode.POWERCAP_NOT_EXPOSED
    assert "read-only" in reason.hint


def test_zones_that_are_no_packages_do_not_count(tmp_path):
    zones = {
        "intel-rapl": {},
        "intel-rapl:1": {"name": "psys", "energy_uj": "5"},
        "intel-rapl:0:0": {"name": "dram", "energy_uj": "5"},
    }
    reason = rapl.availability(powercap(tmp_path, zones))
    assert reason.code is ReasonCode.POWERCAP_NOT_EXPOSED


def test_a_counter_that_is_there_waits_for_energy_windows(tmp_path):
    zones = {
        "intel-rapl:0": {"name": "package-0", "energy_uj": "123"},
        "intel-rapl:1": {"name": "package-1-die-0", "energy_uj": "123"},
    }
    root = powercap(tmp_path, zones)
    reason = rapl.availability(root)
    assert reason.code is ReasonCode.NO_ENERGY_WINDOW
    assert "2 package counters" in reason.detail
    with pytest.raises(Unavailable, match="measures no energy windows"):
        rapl.RaplMeter(root).read()


@pytest.mark.parametrize("text", ["", "not a number"])
def test_a_counter_without_a_number_is_not_exposed(tmp_path, text):
    root = powercap(tmp_path, {"intel-rapl:0": {"name": "package-0", "energy_uj": text}})
    assert rapl.availability(root).code is ReasonCode.POWERCAP_NOT_EXPOSED


def test_a_counter_that_is_gone_is_not_exposed(tmp_path):
    root = powercap(tmp_path, {"intel-rapl:0": {"name": "package-0"}})
    assert rapl.availability(root).code is ReasonCode.POWERCAP_NOT_EXPOSED


def test_a_counter_that_is_closed_names_a_group_and_opens_it_to_no_one_else(tmp_path):
    root = powercap(tmp_path, {"intel-rapl:0": {"name": "package-0", "energy_uj": "1"}})

    def closed(path):
        if path.name == "energy_uj":
            raise PermissionError(path)
        return rapl.read_text(path)

    reason = rapl.availability(root, closed)
    assert reason.code is ReasonCode.RAPL_PERMISSION_DENIED
    assert "chgrp energy" in reason.hint
    assert not any(wide in reason.hint for wide in ("a+r", "o+r", "444", "sudo", "setcap"))


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
