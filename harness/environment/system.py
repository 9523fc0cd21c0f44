"""What operating system and interpreter this is, and what stands between them and the metal."""

from __future__ import annotations

import os
import platform
import re

import psutil

from harness.environment.cpu import Facts, has_hypervisor_flag
from harness.environment.host import Host


def describe_system(host: Host) -> Facts:
    """Describe system, interpreter, and container or hypervisor, as text."""
    return {
        "os": host.system,
        "os_release": _release(host),
        "kernel": host.kernel,
        "architecture": host.architecture,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "libc": " ".join(part for part in platform.libc_ver() if part) or None,
        "hypervisor": _hypervisor(host),
        "container": _container(host),
        "product": _product(host),
        "cuda_visible_devices": os.environ.get("CUDA_VISIBLE_DEVICES", "all"),
    }


def memory_bytes(host: Host) -> int:
    """Return the size of the host's memory, as far as its kernel manages it."""
    found = re.search(r"^MemTotal:\s+(\d+) kB", host.text("proc/meminfo") or "", re.MULTILINE)
    return int(found.group(1)) * 1024 if found else int(psutil.virtual_memory().total)


def _release(host: Host) -> str | None:
    text = host.text("etc/os-release") or ""
    found = re.search(r'^PRETTY_NAME="?([^"\n]+)"?$', text, re.MULTILINE)
    if found:
        return found.group(1)
    return None if host.system == "Linux" else platform.platform()


def _hypervisor(host: Host) -> str | None:
    """Say `yes` or `no`; processors without the flag are believed if the kernel names a type."""
    if host.text("sys/hypervisor/type") or has_hypervisor_flag(host):
        return "yes"
    return None if has_hypervisor_flag(host) is None else "no"


def _container(host: Host) -> str:
    marks = {".dockerenv": "docker", "run/.containerenv": "podman"}
    return next((kind for mark, kind in marks.items() if (host.root / mark).exists()), "none found")


def _product(host: Host) -> str | None:
    names = (host.text(f"sys/class/dmi/id/{key}") for key in ("sys_vendor", "product_name"))
    return " ".join(name for name in names if name) or None
