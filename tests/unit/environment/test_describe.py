"""A machine is described from its own files, without a runtime, and what is not known is said."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from harness.core.reason import Reason, ReasonCode
from harness.environment.cgroup import cpu_quota
from harness.environment.comparability import HARD_KEYS, comparability_key, differing_keys
from harness.environment.describe import describe
from harness.environment.gpus import describe_gpus, load_nvml
from harness.environment.host import Host, ask_command, format_cores, own_affinity, parse_cores
from harness.environment.source import describe_source
from harness.environment.versions import describe_versions

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


def test_a_server_is_described_from_its_files(tmp_path):
    found = describe(host_at(grow(tmp_path, SERVER)), nvml=NoDriver())
    assert found.host == "bench-1"
    assert found.memory_bytes == 24_597_360 * 1024
    assert found.cpu == {
        "model": "Made Up 3000 @ 2.0GHz",
        "architecture": "x86_64",
        "logical_cores": "4",
        "physical_cores": "2",
        "sockets": "1",
        "cores_available": "3",
        "affinity": "0-1,3",
        "quota": "none",
        "smt": "on",
        "governor": "performance,powersave",
        "turbo": "on",
        "microcode": "0x11",
        "cache_l1d": "48K",
        "cache_l2": "1024K",
    }
    system = found.system
    assert system["os_release"] == "Made Up Linux 1"
    assert system["hypervisor"] == "yes"
    assert system["container"] == "docker"
    assert system["product"] == "Acme Blade"
    assert found.gpus == ()
    assert found.source == {}
    assert found.hard_keys == {
        "architecture": "x86_64",
        "os": "Linux",
        "hypervisor": "yes",
        "cpu_model": "Made Up 3000 @ 2.0GHz",
        "cores_available": "3",
        "cpu_quota": "none",
        "smt": "on",
        "governor": "performance,powersave",
        "memory_gib": "24",
        "gpus": "none",
    }


def test_every_hard_key_has_its_reason(tmp_path):
    found = describe(host_at(grow(tmp_path, SERVER)), nvml=NoDriver())
    assert set(found.hard_keys) == set(HARD_KEYS)


def test_what_is_not_known_is_left_out_and_named(tmp_path):
    found = describe(host_at(tmp_path, affinity=None), nvml=NoDriver())
    assert found.memory_bytes > 0
    not_known = found.system["not_known"].split(", ")
    for name in ("cpu.model", "cpu.governor", "cpu.turbo", "cpu.affinity", "cpu.caches"):
        assert name in not_known
    assert "system.hypervisor" in not_known
    for name in not_known:
        part, _, key = name.partition(".")
        assert key not in getattr(found, part)
    assert "cpu_model" not in found.hard_keys


def test_readings_that_move_by_themselves_are_in_no_hard_key(tmp_path):
    first = describe(host_at(grow(tmp_path / "a", SERVER)), nvml=NoDriver())
    moved = dict(SERVER) | {
        "proc/cpuinfo": CPUINFO.format(mhz="3100.2", hypervisor="hypervisor"),
        "proc/meminfo": "MemTotal:       24397360 kB\nMemFree:   999 kB\n",
    }
    second = describe(host_at(grow(tmp_path / "b", moved), kernel="6.2.0"), nvml=NoDriver())
    assert first.hard_keys == second.hard_keys
    assert comparability_key(first) == comparability_key(second)
    assert differing_keys(first, second) == {}


def test_another_machine_has_another_key_and_the_difference_is_named(tmp_path):
    first = describe(host_at(grow(tmp_path / "a", SERVER)), nvml=NoDriver())
    other = dict(SERVER) | {"sys/devices/system/cpu/smt/active": "0"}
    other["proc/cpuinfo"] = CPUINFO.format(mhz="1", hypervisor="")
    governor = "sys/devices/system/cpu/cpu{}/cpufreq/scaling_governor"
    del other[governor.format(0)], other[governor.format(1)]
    second = describe(host_at(grow(tmp_path / "b", other)), nvml=NoDriver())
    assert comparability_key(first) != comparability_key(second)
    assert differing_keys(first, second) == {
        "governor": ("performance,powersave", "not known"),
        "hypervisor": ("yes", "no"),
        "smt": ("on", "off"),
    }


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
    ("system", "answer", "model"),
    [("Darwin", "Apple M9", "Apple M9"), ("Darwin", None, None), ("Windows", None, None)],
)
def test_other_systems_give_what_they_can(tmp_path, system, answer, model):
    host = host_at(tmp_path, system=system, ask=lambda _: answer, affinity=own_affinity())
    found = describe(host, nvml=NoDriver())
    assert found.hard_keys["os"] == system
    assert found.memory_bytes > 0
    if model is not None:
        assert found.cpu["model"] == model


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


def test_why_energy_cannot_be_measured_is_kept():
    reason = Reason(code=ReasonCode.POWERCAP_NOT_EXPOSED, detail="no such folder", hint="use metal")
    system = describe(nvml=NoDriver(), energy=reason).system
    assert system["energy_reason_code"] == "powercap_not_exposed"
    assert system["energy_reason_detail"] == "no such folder"
    assert system["energy_hint"] == "use metal"
    assert "energy_reason_code" not in describe(nvml=NoDriver()).system


def test_describing_this_machine_imports_no_runtime():
    code = (
        "import sys; from harness.environment.describe import describe; describe();"
        "print([m for m in ('torch', 'onnxruntime', 'tensorrt', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"


def test_versions_are_of_what_can_move_a_number_and_the_first_found_counts(tmp_path):
    packages = [
        ("torch", "2.13.0"),
        ("torch", "1.0"),
        ("TensorRT_cu13", "11.0"),
        ("nvidia.cudnn_cu12", "9.1"),
        ("requests", "2.0"),
    ]
    installed = []
    for number, (name, version) in enumerate(packages):
        folder = tmp_path / f"{number}.dist-info"
        grow(folder, {"METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"})
        installed.append(PathDistribution(folder))
    broken = tmp_path / "broken.dist-info"
    broken.mkdir()
    assert describe_versions([PathDistribution(broken), *installed]) == {
        "nvidia-cudnn-cu12": "9.1",
        "tensorrt-cu13": "11.0",
        "torch": "2.13.0",
    }
    assert "numpy" in describe_versions()


def test_a_commit_is_named_with_whether_the_tree_is_dirty(tmp_path):
    answers = {"rev-parse": "f00d", "status": " M harness/x.py"}
    asked: list[str] = []

    def ask(command):
        asked.extend(command)
        return answers[command[4]]

    host = host_at(tmp_path, ask=ask)
    assert describe_source(host, tmp_path) == {"commit": "f00d", "dirty": "yes"}
    assert "--no-optional-locks" in asked
    answers["status"] = ""
    assert describe_source(host, tmp_path) == {"commit": "f00d", "dirty": "no"}


def test_a_commit_without_a_status_says_nothing_of_dirt(tmp_path):
    host = host_at(tmp_path, ask=lambda command: "f00d" if "rev-parse" in command else None)
    assert describe_source(host, tmp_path) == {"commit": "f00d"}


def test_outside_a_checkout_there_is_no_source(tmp_path):
    assert describe(folder=tmp_path, nvml=NoDriver()).source == {}


def test_a_command_that_is_missing_or_fails_answers_nothing():
    assert ask_command(["no-such-program-anywhere"]) is None
    assert ask_command([sys.executable, "-c", "raise SystemExit(3)"]) is None
    assert ask_command([sys.executable, "-c", "print(' hello ')"]) == "hello"


@pytest.mark.parametrize("cores", [frozenset({0}), frozenset({0, 1, 2, 5}), frozenset({3, 8, 9})])
def test_lists_of_cores_survive_a_round_trip(cores):
    assert frozenset(parse_cores(format_cores(cores))) == cores


class NVMLError(Exception):
    """What the driver's bindings raise."""


class NoDriver:
    """Stands for `pynvml` on a machine without the driver."""

    NVMLError = NVMLError

    def nvmlInit(self):  # noqa: N802 - the bindings' own name
        raise NVMLError("driver not loaded")


@dataclass
class Driver:
    """Stands for `pynvml` on a machine with GPUs; what is not in `answers` is refused."""

    answers: Mapping[str, object]
    count: int = 1
    running: bool = False
    NVML_CLOCK_SM = 1
    NVML_CLOCK_MEM = 2
    NVMLError = NVMLError

    def __getattr__(self, name):
        def answer(*_):
            if name in {"nvmlInit", "nvmlShutdown"}:
                self.running = name == "nvmlInit"
                return None
            assert self.running, f"{name} was asked while the driver was not in use"
            if name not in self.answers:
                raise NVMLError(name)
            return self.answers[name]

        return answer


@dataclass
class Memory:
    total: int = 150_000_000_000


GPU: dict[str, object] = {
    "nvmlDeviceGetCount": 2,
    "nvmlDeviceGetHandleByIndex": object(),
    "nvmlDeviceGetUUID": b"GPU-1234",
    "nvmlDeviceGetName": "NVIDIA Made Up",
    "nvmlSystemGetDriverVersion": "600.1",
    "nvmlDeviceGetMemoryInfo": Memory(),
    "nvmlDeviceGetPowerManagementLimit": 700_000,
    "nvmlDeviceGetMaxClockInfo": 1980,
    "nvmlDeviceGetCudaComputeCapability": (9, 0),
    "nvmlDeviceGetEccMode": [1, 1],
    "nvmlDeviceGetMigMode": [0, 0],
}


def test_gpus_are_described_by_their_driver_and_what_is_refused_is_left_out():
    first, second = describe_gpus(Driver(GPU))
    assert first == second
    assert first == {
        "uuid": "GPU-1234",
        "name": "NVIDIA Made Up",
        "driver": "600.1",
        "memory_bytes": "150000000000",
        "power_limit_mw": "700000",
        "max_sm_clock_mhz": "1980",
        "max_memory_clock_mhz": "1980",
        "compute_capability": "9.0",
        "ecc": "on",
        "mig": "off",
    }


def test_equal_gpus_are_comparable_whatever_their_uuid(tmp_path):
    host = host_at(grow(tmp_path, SERVER))
    first = describe(host, nvml=Driver(GPU))
    second = describe(host, nvml=Driver(GPU | {"nvmlDeviceGetUUID": "GPU-9999"}))
    parted = describe(host, nvml=Driver(GPU | {"nvmlDeviceGetMigMode": [1, 1]}))
    assert first.versions["nvidia-driver"] == "600.1"
    assert differing_keys(first, second) == {}
    assert differing_keys(first, parted) == {
        "gpus": ("2 x NVIDIA Made Up", "2 x NVIDIA Made Up (MIG)")
    }


def test_a_driver_that_fails_half_way_gives_no_gpus():
    driver = Driver({})
    assert describe_gpus(driver) == ()
    assert not driver.running


def test_without_the_bindings_there_are_no_gpus():
    assert describe_gpus(None) == ()
    assert load_nvml() is None or hasattr(load_nvml(), "nvmlInit")
