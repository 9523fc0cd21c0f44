"""All that is known of the machine and the software, as one noun. Imports no runtime."""

from __future__ import annotations

from pathlib import Path

from harness.core.reason import Reason
from harness.core.run import Environment
from harness.environment.comparability import hard_keys
from harness.environment.cpu import Facts, describe_cpu
from harness.environment.gpus import Nvml, describe_gpus, load_nvml
from harness.environment.host import Host
from harness.environment.source import describe_source
from harness.environment.system import describe_system, memory_bytes
from harness.environment.versions import describe_versions


def describe(
    host: Host | None = None,
    *,
    nvml: Nvml | None = None,
    energy: Reason | None = None,
    folder: Path | None = None,
) -> Environment:
    """Describe the machine and the software of a run.

    Facts that are not known are left out and named in `system["not_known"]`.

    Args:
        host: Where facts come from; the machine we are on where none is given.
        nvml: The module `pynvml`; imported where none is given.
        energy: Why energy cannot be measured, kept as `energy_reason_code`, `energy_reason_detail`
            and `energy_hint` of `system`.
        folder: In whose git checkout the measured code lies; the current one where none is given.
    """
    host = Host() if host is None else host
    system, cpu = describe_system(host), describe_cpu(host)
    memory = memory_bytes(host)
    gpus = describe_gpus(load_nvml() if nvml is None else nvml)
    keys = hard_keys(system, cpu, memory, gpus)
    system |= _energy(energy)
    system["not_known"] = ", ".join(_unknown("system", system) + _unknown("cpu", cpu))
    versions = dict(describe_versions())
    if gpus and "driver" in gpus[0]:
        versions["nvidia-driver"] = gpus[0]["driver"]
    return Environment(
        host=host.name,
        system=_known(system),
        cpu=_known(cpu),
        memory_bytes=memory,
        gpus=gpus,
        versions=versions,
        source=describe_source(host, Path.cwd() if folder is None else folder),
        hard_keys=keys,
    )


def _energy(reason: Reason | None) -> Facts:
    if reason is None:
        return {}
    return {
        "energy_reason_code": str(reason.code),
        "energy_reason_detail": reason.detail,
        "energy_hint": reason.hint,
    }


def _unknown(part: str, facts: Facts) -> list[str]:
    return [f"{part}.{name}" for name, value in facts.items() if value is None]


def _known(facts: Facts) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value is not None}
