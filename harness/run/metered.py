"""Of which cases this machine can measure the energy, and why not of the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from harness.core.case import Case
from harness.core.reason import Reason
from harness.core.run import Environment
from harness.environment.describe import describe
from harness.meters.nvml import NvmlMeter
from harness.meters.processor import processor_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Metered:
    """Where there are counters of energy."""

    sysfs_root: Path
    """Folder that holds `sys`."""
    has_processor: bool
    has_gpu: bool

    def covers(self, case: Case) -> bool:
        """Whether the device of a case has a counter."""
        return self.has_gpu if case.target.is_cuda else self.has_processor


def metered(sysfs_root: Path) -> Metered | None:
    """Look for counters; None where there are none at all."""
    found = Metered(
        sysfs_root=sysfs_root.absolute(),
        has_processor=processor_reason(sysfs_root) is None,
        has_gpu=_gpu_reason() is None,
    )
    return found if found.has_processor or found.has_gpu else None


def described(sysfs_root: Path) -> Environment:
    """Describe this machine, and why the energy of its devices cannot be read, where it cannot."""
    environment = describe(energy=processor_reason(sysfs_root))
    reason = _gpu_reason() if environment.gpus else None
    if reason is None:
        return environment
    told = {
        "gpu_energy_reason_code": str(reason.code),
        "gpu_energy_reason_detail": reason.detail,
        "gpu_energy_hint": reason.hint,
    }
    return replace(environment, system={**environment.system, **told})


def _gpu_reason() -> Reason | None:
    return NvmlMeter().some_reason()
