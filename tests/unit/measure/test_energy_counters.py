"""Which counters a case's pass reads: the processor's, or a GPU's with the processor's beside."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from harness.core.case import Target
from harness.core.energy import Domain
from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode
from harness.measure.device_state import watching
from harness.measure.energy_counters import counters_of
from tests.powercap import tree
from tests.unit.meters.nvml_driver import GPU_0, NvmlError, driver

CPU, GPU = Target(backend="fake"), Target(backend="fake", device="cuda:0")


def listed(*pids):
    return [SimpleNamespace(pid=pid) for pid in pids]


def board(**changes):
    known = {
        "nvmlDeviceGetHandleByUUID": 0,
        "nvmlDeviceGetComputeRunningProcesses_v3": listed(),
        "nvmlDeviceGetPowerUsage": 100_000,
        "nvmlDeviceGetClockInfo": lambda _, kind: 1_000 * kind,
    }
    return driver(**(known | changes))


def found_on(module, root):
    return counters_of(
        GPU, root, importer=lambda _: module, identify=lambda _: GPU_0.removeprefix("GPU-")
    )


def test_a_case_on_the_processor_reads_its_counters_and_no_gpu_s(tmp_path):
    with counters_of(CPU, tree.laptop(tmp_path), importer=pytest.fail) as found:
        assert {meter.domain for meter in found.meters} == set(Domain) - {Domain.GPU}
        assert found.flags() == ()
        assert found.board is None


def test_a_case_on_a_gpu_reads_the_board_first_and_the_processor_beside_it(tmp_path):
    with found_on(board(), tree.server(tmp_path)) as found:
        domains = [meter.domain for meter in found.meters]
        assert domains[:2] == [Domain.GPU, Domain.GPU]
        assert Domain.CPU_PACKAGE in domains
        assert found.missing["dram"].code is ReasonCode.ZONE_ABSENT


def test_a_processor_that_tells_nothing_is_missing_and_no_obstacle(tmp_path):
    with found_on(board(), tmp_path) as found:
        assert {meter.domain for meter in found.meters} == {Domain.GPU}
        codes = {name: reason.code for name, reason in found.missing.items()}
        assert codes == dict.fromkeys(("cpu_package", "dram"), ReasonCode.POWERCAP_NOT_EXPOSED)


def test_a_board_on_which_others_compute_is_not_measured(tmp_path):
    shared = board(nvmlDeviceGetComputeRunningProcesses_v3=listed(7))
    with pytest.raises(Unavailable, match="device_shared"), found_on(shared, tmp_path):
        raise AssertionError


def test_a_driver_that_lists_nobody_s_processes_is_measured_and_flagged(tmp_path):
    silent = board(nvmlDeviceGetComputeRunningProcesses_v3=NvmlError(3))
    with found_on(silent, tmp_path) as found:
        assert [flag.code for flag in found.flags()] == [ReasonCode.NVML_NOT_SUPPORTED]


def test_a_process_that_is_alone_with_its_board_has_no_flag(tmp_path):
    module = board()
    with found_on(module, tmp_path) as found:
        module.answers["nvmlDeviceGetComputeRunningProcesses_v3"] = listed(os.getpid())
        assert found.flags() == ()
        module.answers["nvmlDeviceGetComputeRunningProcesses_v3"] = listed(os.getpid(), 9)
        assert [flag.code for flag in found.flags()] == [ReasonCode.DEVICE_SHARED]


def test_nothing_is_watched_on_a_processor_and_where_nvml_is_not():
    with watching(CPU, importer=pytest.fail) as watch:
        assert watch.state is None
    gone = driver(nvmlInit=NvmlError(12))
    with watching(GPU, importer=lambda _: gone, identify=str) as watch:
        pass
    assert watch.state is None


def test_a_board_is_read_at_both_ends_and_left_once():
    module, moments = board(), iter((5, 9))
    with watching(
        GPU, importer=lambda _: module, identify=lambda _: "0f2a", clock=lambda: next(moments)
    ) as watch:
        assert module.events.count("nvmlDeviceGetClockInfo") == 2
    assert (watch.state.before.at_ns, watch.state.after.at_ns) == (5, 9)
    assert watch.state.after.memory_clock_hz == 2_000_000_000
    assert watch.state.after.temperature_c is None
    assert watch.state.disturbed_share() is None
    assert module.events.count("nvmlShutdown") == 1
