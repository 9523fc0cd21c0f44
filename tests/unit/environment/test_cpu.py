"""The processor is told from the files of any kernel that shows them."""

from __future__ import annotations

import pytest

from harness.environment.cgroup import cpu_quota
from harness.environment.describe import describe
from tests.unit.environment.machines import SERVER, NoDriver, grow, host_at


@pytest.mark.parametrize(
    ("cpuinfo", "model"),
    [
        ("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", "implementer 0x41 part 0xd0c"),
        ("CPU part\t: 0xd0c\n", "implementer ? part 0xd0c"),
        ("Model\t\t: Raspberry Pi 5\n", "Raspberry Pi 5"),
        ("model name\t:\n", None),
    ],
)
def test_processors_without_a_model_name_have_a_model(tmp_path, cpuinfo, model):
    grow(tmp_path, {"proc/cpuinfo": cpuinfo})
    assert describe(host_at(tmp_path), nvml=NoDriver()).cpu.get("model") == model


@pytest.mark.parametrize(
    ("files", "turbo"),
    [
        ({"sys/devices/system/cpu/cpufreq/boost": "0"}, "off"),
        ({"sys/devices/system/cpu/cpufreq/boost": "1"}, "on"),
        ({"sys/devices/system/cpu/intel_pstate/no_turbo": "1"}, "off"),
        ({"sys/devices/system/cpu/cpufreq/boost": "?"}, None),
    ],
)
def test_turbo_is_known_where_a_driver_tells(tmp_path, files, turbo):
    assert describe(host_at(grow(tmp_path, files)), nvml=NoDriver()).cpu.get("turbo") == turbo


def test_smt_is_told_from_the_numbers_of_cores_where_there_is_no_switch(tmp_path):
    files = {key: text for key, text in SERVER.items() if "smt" not in key}
    assert describe(host_at(grow(tmp_path / "a", files)), nvml=NoDriver()).cpu["smt"] == "on"
    files["sys/devices/system/cpu/online"] = "0-1"
    assert describe(host_at(grow(tmp_path / "b", files)), nvml=NoDriver()).cpu["smt"] == "off"


def test_a_hypervisor_is_found_without_a_processor_flag(tmp_path):
    grow(tmp_path, {"sys/hypervisor/type": "xen", "proc/cpuinfo": "Model\t: ARM\n"})
    assert describe(host_at(tmp_path), nvml=NoDriver()).system["hypervisor"] == "yes"


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/a/cpu.max": "150000 100000"}, 1.5),
        ({"proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/a/b/cpu.max": "max 100000"}, None),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "50000 100000"}, 0.5),
        ({"proc/self/cgroup": "0::/../../job", "sys/fs/cgroup/job/cpu.max": "5 10"}, 0.5),
        (
            {
                "proc/self/cgroup": "0::/a/b",
                "sys/fs/cgroup/a/cpu.max": "150000 100000",
                "sys/fs/cgroup/a/b/cpu.max": "120000 100000",
            },
            1.2,
        ),
        (
            {
                "proc/self/cgroup": "3:memory:/x\n2:cpu,cpuacct:/docker/f00\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "200000",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
            },
            2.0,
        ),
        (
            {
                "proc/self/cgroup": "2:cpu:/x",
                "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": "-1",
                "sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000",
            },
            None,
        ),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "5 0"}, None),
        ({}, None),
    ],
)
def test_the_tightest_quota_of_both_kinds_of_control_group_counts(tmp_path, files, cores):
    host = host_at(grow(tmp_path, files))
    assert cpu_quota(host) == cores
    written = "none" if cores is None else f"{cores:g}"
    assert describe(host, nvml=NoDriver()).hard_keys["cpu_quota"] == written
