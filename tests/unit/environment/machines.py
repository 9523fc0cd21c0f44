"""Made-up machines: folders of the files that a kernel shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.environment.host import Host

CPUINFO = """processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Made  Up 3000 @ 2.0GHz
cpu MHz\t\t: {mhz}
microcode\t: 0x11
flags\t\t: fpu sse {hypervisor}
bogomips\t: {mhz}

processor\t: 1
model name\t: Another
"""


SERVER: Mapping[str, str] = {
    "proc/cpuinfo": CPUINFO.format(mhz="1999.5", hypervisor="hypervisor"),
    "proc/meminfo": "MemTotal:       24597360 kB\nMemFree:   123 kB\n",
    "proc/self/cgroup": "0::/user.slice/job\n",
    "etc/os-release": 'NAME="Made"\nPRETTY_NAME="Made Up Linux 1"\n',
    "sys/class/dmi/id/sys_vendor": "Acme\n",
    "sys/class/dmi/id/product_name": "Blade\n",
    "sys/devices/system/cpu/online": "0-3\n",
    "sys/devices/system/cpu/smt/active": "1\n",
    "sys/devices/system/cpu/intel_pstate/no_turbo": "0\n",
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
    "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "performance\n",
    "sys/devices/system/cpu/cpu0/topology/thread_siblings_list": "0,2\n",
    "sys/devices/system/cpu/cpu1/topology/thread_siblings_list": "1,3\n",
    "sys/devices/system/cpu/cpu2/topology/thread_siblings_list": "0,2\n",
    "sys/devices/system/cpu/cpu3/topology/thread_siblings_list": "1,3\n",
    "sys/devices/system/cpu/cpu0/topology/physical_package_id": "0\n",
    "sys/devices/system/cpu/cpu1/topology/physical_package_id": "0\n",
    "sys/devices/system/cpu/cpu0/cache/index0/level": "1\n",
    "sys/devices/system/cpu/cpu0/cache/index0/type": "Data\n",
    "sys/devices/system/cpu/cpu0/cache/index0/size": "48K\n",
    "sys/devices/system/cpu/cpu0/cache/index1/level": "2\n",
    "sys/devices/system/cpu/cpu0/cache/index1/type": "Unified\n",
    "sys/devices/system/cpu/cpu0/cache/index1/size": "1024K\n",
    ".dockerenv": "",
}


def grow(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def host_at(root: Path, **changes: object) -> Host:
    host = Host(
        root=root,
        name="bench-1",
        system="Linux",
        kernel="6.1.0",
        architecture="x86_64",
        affinity=frozenset({0, 1, 3}),
        ask=lambda _: None,
    )
    return replace(host, **changes)  # type: ignore[arg-type]  # the test names the fields


class NVMLError(Exception):
    """What the driver's bindings raise."""


class NoDriver:
    """Stands for `pynvml` on a machine without the driver."""

    NVMLError = NVMLError

    def nvmlInit(self):  # noqa: N802 - the bindings' own name
        raise NVMLError("driver not loaded")
