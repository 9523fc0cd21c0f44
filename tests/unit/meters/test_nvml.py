"""NVML by a stand-in for its bindings: in use as long as it must be, its statuses in our words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from harness.core.energy import Domain
from harness.core.errors import Unavailable
from harness.core.reason import ReasonCode
from harness.meters import nvml
from harness.meters.nvml_board import Board, Instant, TotalEnergy, handle_of
from harness.meters.nvml_tenants import strangers_before, strangers_beside, who_else
from tests.unit.meters.nvml_driver import GPU_0, NvmlError, driver


def test_the_energies_of_all_boards_are_summed_and_nvml_is_left_as_often_as_entered():
    module = driver()
    assert nvml.NvmlMeter(module).availability() is None
    assert nvml.NvmlMeter(module).read() == 2_001
    assert module.events.count("nvmlInit") == module.events.count("nvmlShutdown") == 2


@pytest.mark.parametrize(
    ("function", "status", "code"),
    [
        ("nvmlInit", 12, ReasonCode.NVML_LIBRARY_NOT_FOUND),
        ("nvmlInit", 9, ReasonCode.NVML_LIBRARY_NOT_FOUND),
        ("nvmlInit", 18, ReasonCode.NVML_DRIVER_MISMATCH),
        ("nvmlInit", 4, ReasonCode.NVML_NO_PERMISSION),
        ("nvmlDeviceGetCount", 10, ReasonCode.NVML_TIMEOUT),
        ("nvmlDeviceGetTotalEnergyConsumption", 3, ReasonCode.NVML_NOT_SUPPORTED),
        ("nvmlDeviceGetTotalEnergyConsumption", 4, ReasonCode.NVML_NO_PERMISSION),
        ("nvmlDeviceGetTotalEnergyConsumption", 15, ReasonCode.COUNTER_RESET),
        ("nvmlDeviceGetTotalEnergyConsumption", 999, ReasonCode.NVML_NOT_SUPPORTED),
    ],
)
def test_what_nvml_answers_becomes_a_code_of_the_closed_list(function, status, code):
    meter = nvml.NvmlMeter(driver(**{function: NvmlError(status)}))
    reason = meter.availability()
    assert reason.code is code
    assert reason.detail
    with pytest.raises(Unavailable) as caught:
        meter.read()
    assert caught.value.reason == reason


def test_one_board_that_can_be_read_is_enough_to_measure_some_cases():
    def energy(handle):
        if handle == 0:
            raise NvmlError(3)
        return 7

    meter = nvml.NvmlMeter(driver(nvmlDeviceGetTotalEnergyConsumption=energy))
    assert meter.availability().code is ReasonCode.NVML_NOT_SUPPORTED
    assert meter.some_reason() is None
    none = nvml.NvmlMeter(driver(nvmlDeviceGetTotalEnergyConsumption=NvmlError(4)))
    assert none.some_reason().code is ReasonCode.NVML_NO_PERMISSION
    gone = nvml.NvmlMeter(driver(nvmlInit=NvmlError(12)))
    assert gone.some_reason().code is ReasonCode.NVML_LIBRARY_NOT_FOUND


def test_no_hint_asks_for_more_than_it_needs():
    hints = [hint for _, hint in nvml._BY_STATUS.values()]
    assert not any(wide in hint for hint in hints for wide in ("sudo", "as root", "chmod", "a+r"))


def test_a_driver_without_boards_is_no_device():
    reason = nvml.NvmlMeter(driver(nvmlDeviceGetCount=0)).availability()
    assert reason.code is ReasonCode.NO_CUDA_DEVICE


def test_a_driver_that_is_gone_at_the_end_costs_no_answer():
    assert nvml.NvmlMeter(driver(nvmlShutdown=NvmlError(1))).read() == 2_001


def test_a_missing_package_is_named():
    def absent(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    reason = nvml.NvmlMeter(importer=absent).availability()
    assert reason.code is ReasonCode.NVML_LIBRARY_NOT_FOUND
    assert "pynvml" in reason.detail
    assert "nvidia-ml-py" in reason.hint


def test_a_part_of_a_gpu_is_found_by_its_own_identity_and_an_unknown_one_is_none():
    def by_uuid(uuid):
        if uuid == "MIG-7":
            return 7
        raise NvmlError(6)

    module = driver(nvmlDeviceGetHandleByUUID=by_uuid)
    assert handle_of(module, "7") == 7
    with pytest.raises(Unavailable, match="no_cuda_device"):
        handle_of(module, "8")
    with pytest.raises(Unavailable, match="nvml_no_permission"):
        handle_of(driver(nvmlDeviceGetHandleByUUID=NvmlError(4)), "7")


def test_a_board_that_says_no_limit_has_none():
    with_limit, without = (
        Board.of(driver(**changes), 0)
        for changes in ({}, {"nvmlDeviceGetEnforcedPowerLimit": NvmlError(3)})
    )
    assert with_limit.limit_w == pytest.approx(500.0)
    assert without.limit_w is None


def test_power_is_held_until_the_next_reading_and_summed_up_in_whole_millijoules():
    moments = iter((0, 2_000_000_000, 2_500_000_000))
    powers = iter((100_000, 300_000, 7))

    def fields(handle, asked):
        assert (handle, asked) == (0, [(186, 0)])
        return [SimpleNamespace(nvmlReturn=0, value=SimpleNamespace(uiVal=next(powers)))]

    module = driver(nvmlDeviceGetFieldValues=fields)
    meter = Instant(Board(module, 0, "GPU-0"), lambda: next(moments))
    # 100 W for 2 s, then 300 W for 0.5 s.
    assert [meter.read(), meter.read(), meter.read()] == [0, 200_000, 350_000]
    assert (meter.domain, meter.unit, meter.modulus) == (Domain.GPU, "mJ", None)


def test_a_field_that_failed_within_a_call_that_did_not_is_an_error():
    module = driver(nvmlDeviceGetFieldValues=lambda *_: [SimpleNamespace(nvmlReturn=3)])
    with pytest.raises(Unavailable, match="nvml_not_supported"):
        Instant(Board(module, 0, "GPU-0")).read()


def test_the_counter_goes_before_power_and_the_last_second_s_power_is_for_want_of_a_better_one():
    usage = {"nvmlDeviceGetPowerUsage": 120_000}
    (first, second) = Board.of(driver(**usage), 0).counters()
    assert isinstance(first, TotalEnergy)
    assert second.method == "nvml_power_usage_integrated"
    assert second.lag_ns == 1_000_000_000
    assert first.name == second.name == GPU_0
    assert first.limit_w == second.limit_w


def test_who_else_is_on_a_board_is_told_by_numbers_or_said_not_to_be_known():
    assert strangers_before(()) is None
    assert strangers_before({7}).code is ReasonCode.DEVICE_SHARED
    assert strangers_beside({5}, 5) is None
    assert strangers_beside({9}, 5) is None
    assert strangers_beside({5, 9}, 5).code is ReasonCode.DEVICE_SHARED
    assert strangers_beside({8, 9}, 5).code is ReasonCode.NVML_PID_NAMESPACE
    assert strangers_beside((), 5).code is ReasonCode.NVML_PID_NAMESPACE
    assert who_else(driver(), 0, 5).code is ReasonCode.NVML_NOT_SUPPORTED
