"""What processor this is, and how it is set."""

from __future__ import annotations

import platform
import re

import psutil

from harness.environment.cgroup import cpu_quota
from harness.environment.host import Host, format_cores, parse_cores

Facts = dict[str, str | None]
"""By name; None where it is not known."""

_CORES = "sys/devices/system/cpu"


def describe_cpu(host: Host) -> Facts:
    """Describe the processor as text; nothing in it moves from one second to the next."""
    logical = _logical(host)
    physical = _physical(host)
    available = len(host.affinity) if host.affinity else logical
    quota = cpu_quota(host)
    facts: Facts = {
        "model": _model(host),
        "architecture": host.architecture,
        "logical_cores": _number(logical),
        "physical_cores": _number(physical),
        "sockets": _number(len(host.texts(f"{_CORES}/cpu*/topology/physical_package_id")) or None),
        "cores_available": _number(available),
        "affinity": format_cores(host.affinity) if host.affinity else None,
        "quota": "none" if quota is None else f"{quota:g}",
        "smt": _smt(host, logical, physical),
        "governor": governor(host),
        "turbo": turbo(host),
        "microcode": _cpuinfo(host, "microcode"),
    }
    return facts | _caches(host)


def governor(host: Host) -> str | None:
    """Return the rule by which clocks are set; several, comma-separated, where cores differ."""
    return ",".join(host.texts(f"{_CORES}/cpu*/cpufreq/scaling_governor")) or None


def turbo(host: Host) -> str | None:
    """Return whether clocks above the nominal one are allowed: `on` or `off`."""
    boost = host.text(f"{_CORES}/cpufreq/boost")
    if boost in {"0", "1"}:
        return "on" if boost == "1" else "off"
    no_turbo = host.text(f"{_CORES}/intel_pstate/no_turbo")
    if no_turbo in {"0", "1"}:
        return "off" if no_turbo == "1" else "on"
    return None


def has_hypervisor_flag(host: Host) -> bool | None:
    """Say whether the processor reports a hypervisor; None where there is no such flag to ask."""
    flags = _cpuinfo(host, "flags")
    return None if flags is None else "hypervisor" in flags.split()


def _model(host: Host) -> str | None:
    """Return the model's name, or the part number of processors that give no name."""
    name = _cpuinfo(host, "model name") or _cpuinfo(host, "Model") or _cpuinfo(host, "cpu model")
    if name is None and _cpuinfo(host, "CPU part") is not None:
        parts = [_cpuinfo(host, key) or "?" for key in ("CPU implementer", "CPU part")]
        name = f"implementer {parts[0]} part {parts[1]}"
    if name is None and host.system == "Darwin":
        name = host.ask(["sysctl", "-n", "machdep.cpu.brand_string"])
    if name is None and host.system != "Linux":
        name = platform.processor()
    return " ".join(name.split()) if name else None


def _cpuinfo(host: Host, key: str) -> str | None:
    """Return the first entry of that name in `/proc/cpuinfo`."""
    text = host.text("proc/cpuinfo") or ""
    found = re.search(rf"^{re.escape(key)}[ \t]*:[ \t]*(\S.*)$", text, re.MULTILINE)
    return found.group(1).strip() if found else None


def _logical(host: Host) -> int | None:
    online = host.text(f"{_CORES}/online")
    return len(parse_cores(online)) if online else psutil.cpu_count()


def _physical(host: Host) -> int | None:
    """Count what shares no core with another: each core has one list of its siblings."""
    siblings = host.texts(f"{_CORES}/cpu*/topology/thread_siblings_list")
    return len(siblings) or psutil.cpu_count(logical=False)


def _smt(host: Host, logical: int | None, physical: int | None) -> str | None:
    """Say whether cores run several threads at once: `on` or `off`."""
    active = host.text(f"{_CORES}/smt/active")
    if active in {"0", "1"}:
        return "on" if active == "1" else "off"
    if logical is None or physical is None:
        return None
    return "on" if logical > physical else "off"


def _caches(host: Host) -> Facts:
    """Return sizes of the first core's caches, such as `cache_l1d: 48K`."""
    sizes: Facts = {}
    for index in range(8):
        folder = f"{_CORES}/cpu0/cache/index{index}"
        level = host.text(f"{folder}/level")
        size = host.text(f"{folder}/size")
        if level and size:
            kind = {"Data": "d", "Instruction": "i"}.get(host.text(f"{folder}/type") or "", "")
            sizes[f"cache_l{level}{kind}"] = size
    return sizes or {"caches": None}


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)
