"""Why a case has no numbers, or a number is null: a closed list of codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class ReasonCode(StrEnum):
    """Closed list: every null and every case without numbers carries one of these."""

    # a case was skipped: this machine or version cannot do it
    BACKEND_NOT_INSTALLED = "backend_not_installed"
    NO_CUDA_DEVICE = "no_cuda_device"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    PRECISION_UNSUPPORTED = "precision_unsupported"
    OPTION_UNSUPPORTED = "option_unsupported"
    PLATFORM_UNSUPPORTED = "platform_unsupported"
    TOO_FEW_CORES = "too_few_cores"
    WOULD_NOT_FIT = "would_not_fit"
    VARIANT_UNSUPPORTED = "variant_unsupported"
    FORMAT_UNSUPPORTED = "format_unsupported"
    # a case failed: something went wrong with it
    ARTIFACT_FAILED = "artifact_failed"
    OPERATOR_UNSUPPORTED = "operator_unsupported"
    PREPARATION_FAILED = "preparation_failed"
    SETTING_NOT_APPLIED = "setting_not_applied"
    SILENT_FALLBACK = "silent_fallback"
    OUTPUTS_DIFFER = "outputs_differ"
    OUTPUTS_NOT_FINITE = "outputs_not_finite"
    OUTPUT_IGNORES_INPUT = "output_ignores_input"
    WEIGHTS_DIFFER = "weights_differ"
    WORKER_CRASHED = "worker_crashed"
    WORKER_EXITED = "worker_exited"
    WORKER_ERROR = "worker_error"
    WORKER_TIMED_OUT = "worker_timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    OTHER_SIDE_ENDED = "other_side_ended"
    # a value is null
    NOT_IN_SCENARIO = "not_in_scenario"
    CASE_NOT_MEASURED = "case_not_measured"
    BOUND_NOT_HELD = "bound_not_held"
    TOO_FEW_SAMPLES = "too_few_samples"
    MACHINE_UNQUIET = "machine_unquiet"
    NOT_MEASURED = "not_measured"
    NOT_ON_THIS_DEVICE = "not_on_this_device"
    METER_READS_TOO_LOW = "meter_reads_too_low"
    HIGH_WATER_MARK_UNAVAILABLE = "high_water_mark_unavailable"
    # a value of energy or device memory is null
    POWERCAP_NOT_EXPOSED = "powercap_not_exposed"
    RAPL_PERMISSION_DENIED = "rapl_permission_denied"
    CONTAINER_MASKED = "container_masked"
    PERF_PARANOID = "perf_paranoid"
    ZONE_ABSENT = "zone_absent"
    DUPLICATE_ZONE_SUSPECTED = "duplicate_zone_suspected"
    NVML_LIBRARY_NOT_FOUND = "nvml_library_not_found"
    NVML_NOT_SUPPORTED = "nvml_not_supported"
    NVML_NO_PERMISSION = "nvml_no_permission"
    NVML_DRIVER_MISMATCH = "nvml_driver_mismatch"
    NVML_TIMEOUT = "nvml_timeout"
    NVML_PID_NAMESPACE = "nvml_pid_namespace"
    MIG_NO_PER_INSTANCE_POWER = "mig_no_per_instance_power"
    DEVICE_SHARED = "device_shared"
    BACKEND_UNSUPPORTED = "backend_unsupported"
    COMPONENT_UNAVAILABLE = "component_unavailable"
    DISABLED_BY_USER = "disabled_by_user"
    WINDOW_TOO_SHORT = "window_too_short"
    IDLE_DOMINATED = "idle_dominated"
    COUNTER_RESET = "counter_reset"
    IMPLAUSIBLE_POWER = "implausible_power"
    METER_DISAGREEMENT = "meter_disagreement"
    NO_ENERGY_WINDOW = "no_energy_window"
    # a trial on a GPU is void
    DEVICE_THROTTLED = "device_throttled"


SKIPS: Final = frozenset(
    {
        ReasonCode.BACKEND_NOT_INSTALLED,
        ReasonCode.NO_CUDA_DEVICE,
        ReasonCode.PROVIDER_UNAVAILABLE,
        ReasonCode.PRECISION_UNSUPPORTED,
        ReasonCode.OPTION_UNSUPPORTED,
        ReasonCode.PLATFORM_UNSUPPORTED,
        ReasonCode.TOO_FEW_CORES,
        ReasonCode.WOULD_NOT_FIT,
        ReasonCode.VARIANT_UNSUPPORTED,
        ReasonCode.FORMAT_UNSUPPORTED,
    }
)
"""Codes with which a case is skipped; with any other it has failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A code, what was found, and what to do about it."""

    code: ReasonCode
    detail: str = ""
    hint: str = ""

    def __str__(self) -> str:
        """Give the code and what was found, on one line."""
        return f"{self.code}: {self.detail}" if self.detail else str(self.code)
