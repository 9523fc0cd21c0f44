import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.backends.registry import BACKENDS
from harness.cli.doctor import Diagnosis, as_object, as_text, examine_backends
from harness.cli.doctor_meters import (
    Finding,
    Reach,
    examine_boards,
    examine_meters,
    examine_processor,
)
from harness.core.case import Target
from harness.core.reason import Reason, ReasonCode
from harness.meters.nvml import NvmlMeter
from harness.meters.powercap import read_text
from harness.meters.rapl import RaplMeter
from harness.meters.registry import METERS
from tests.powercap import tree
from tests.unit.meters.nvml_driver import GPU_0, NvmlError, driver

EMPTY = Diagnosis(backends=(), meters=(), disturbances=(), folders=())
NO_GPU = Reason(code=ReasonCode.NO_CUDA_DEVICE, detail="no driver", hint="use a GPU")


@pytest.fixture
def diagnosis():
    return Diagnosis(
        backends=(
            Finding(name="eager", device="cpu", reason=None),
            Finding(name="eager", device="cuda:0", reason=NO_GPU),
            Finding(name="onnxruntime", device="cuda:0", reason=NO_GPU),
            Finding(name="tensorrt", device="cpu", reason=Reason(code=ReasonCode.NO_CUDA_DEVICE)),
        ),
        meters=(Finding(name="host_memory", reason=None),),
        disturbances=("The load average is 3.",),
        folders=(("artifacts", Path("cache")),),
    )


def test_every_backend_is_asked_about_every_device_and_the_fake_is_not():
    asked: list[Target] = []
    findings = examine_backends(asked.append)
    assert {target.backend for target in asked} == set(BACKENDS) - {"fake"}
    assert {target.device for target in asked} == {"cpu", "cuda:0"}
    assert len(findings) == len(asked)


def test_what_is_missing_has_its_reason_and_what_would_change_it(diagnosis):
    text = as_text(diagnosis)
    assert "eager cpu                 available" in text
    assert "eager cuda:0              no_cuda_device: no driver" in text
    assert text.count("use a GPU") == 1
    assert "The load average is 3." in text


def test_a_quiet_machine_is_said_to_be_quiet(diagnosis):

    assert "nothing that could be seen" in as_text(replace(diagnosis, disturbances=()))


def test_the_object_has_reason_and_hint_exactly_where_something_is_missing(diagnosis):
    found = as_object(diagnosis)
    json.dumps(found)
    for finding in found["backends"] + found["meters"]:
        missing = not finding["available"]
        assert ("reason_code" in finding) == ("hint" in finding) == missing
    assert found["folders"] == {"artifacts": "cache"}


def test_this_machine_can_be_examined_without_importing_a_runtime_here(command):
    done = command("doctor", "--json")
    found = json.loads(done.out)
    assert done.code == 0
    backends = {(f["name"], f["device"]): f for f in found["backends"]}
    assert backends["eager", "cpu"]["available"]
    assert {meter["name"] for meter in found["meters"]} == set(METERS) - {"fake"}
    assert set(found["folders"]) == {"artifacts", "quiet level"}


def closed(path):
    raise PermissionError(path)


def test_a_counter_that_can_be_read_is_told_with_its_period_and_the_error_it_can_reach(tmp_path):
    seen = iter(range(1_000_000))

    def moving(path):
        return str(next(seen)) if path.name == "energy_uj" else read_text(path)

    found = examine_processor("rapl", RaplMeter(tree.server(tmp_path), moving))
    assert found.reason is None
    assert found.reach.counters[:2] == ("package-0-die-0", "package-0-die-1")
    assert found.reach.update_period_s is not None
    assert found.reach.window_s == pytest.approx(200 * found.reach.update_period_s, rel=1e-6)
    text = as_text(replace(EMPTY, meters=(found,)))
    assert "without zone_absent: no zone dram" in text
    assert "within 0.5% over" in text
    json.dumps(as_object(replace(EMPTY, meters=(found,))))


def test_a_counter_that_stands_still_is_told():
    reach = Reach(
        counters=("package-0",), missing=(), update_period_s=None, window_s=None, wanted_error=0.005
    )
    assert "did not move" in str(reach)


def test_a_counter_that_is_closed_is_told_with_the_group_that_would_open_it(tmp_path):
    def reader(path):
        return closed(path) if path.name == "energy_uj" else read_text(path)

    found = examine_processor("rapl", RaplMeter(tree.laptop(tmp_path), reader))
    text = as_text(replace(EMPTY, meters=(found,)))
    assert "rapl_permission_denied" in text
    assert "chgrp energy" in text
    assert not any(wide in text for wide in ("a+r", "o+r", "0444", "sudo", "setcap"))


def test_the_folder_of_the_counters_can_be_named(command, tmp_path):
    done = command("doctor", "--json", "--sysfs-root", str(tmp_path))
    (found,) = [one for one in json.loads(done.out)["meters"] if one["name"] == "rapl"]
    assert str(tmp_path) in found["detail"]


def test_perf_is_told_beside_powercap(tmp_path):
    (found,) = [one for one in examine_meters(tmp_path) if one.name == "perf"]
    assert found.reason.code is ReasonCode.POWERCAP_NOT_EXPOSED
    assert str(tmp_path) in found.reason.detail


class Clock:
    """Passes a millisecond whenever someone looks, and as long as someone waits."""

    def __init__(self):
        self.now_ns = 0

    def __call__(self):
        self.now_ns += 1_000
        return self.now_ns

    def wait(self, seconds):
        self.now_ns += round(seconds * 1e9)


def boards(clock, **changes):
    moving = {"nvmlDeviceGetTotalEnergyConsumption": lambda _: clock.now_ns // 100_000_000}
    known = {"nvmlDeviceGetComputeRunningProcesses_v3": [], "nvmlDeviceGetCount": 1, **moving}
    return examine_boards(NvmlMeter(driver(**(known | changes))), clock, clock.wait)


def test_a_board_is_told_with_its_methods_its_period_and_the_error_it_can_reach():
    (found,) = boards(Clock())
    assert found.device == GPU_0
    assert found.reach.counters == ("nvml_total_energy",)
    assert found.reach.update_period_s == pytest.approx(0.1, rel=0.01)
    assert found.reach.window_s == pytest.approx(10.0, rel=0.01)
    text = as_text(replace(EMPTY, meters=(found,)))
    assert "within 1.0% over" in text
    assert as_object(replace(EMPTY, meters=(found,)))["meters"][0]["device"] == GPU_0


def test_a_board_that_others_use_is_told_with_them():
    others = {"nvmlDeviceGetComputeRunningProcesses_v3": [SimpleNamespace(pid=7)]}
    (found,) = boards(Clock(), **others)
    assert "device_shared" in found.reach.missing[0]
    unknown = {"nvmlDeviceGetComputeRunningProcesses_v3": NvmlError(3)}
    (found,) = boards(Clock(), **unknown)
    assert "nvml_not_supported" in found.reach.missing[0]


def test_a_board_without_a_counter_and_a_machine_without_boards_say_why():
    (found,) = boards(Clock(), nvmlDeviceGetTotalEnergyConsumption=NvmlError(3))
    assert found.reason.code is ReasonCode.NVML_NOT_SUPPORTED
    (found,) = boards(Clock(), nvmlInit=NvmlError(18))
    assert found.reason.code is ReasonCode.NVML_DRIVER_MISMATCH
    assert "sudo" not in as_text(replace(EMPTY, meters=(found,)))
