"""A machine is described from its own files, without a runtime, and what is not known is said."""

from __future__ import annotations

import subprocess
import sys

import pytest

from harness.core.reason import Reason, ReasonCode
from harness.environment.comparability import HARD_KEYS, comparability_key, differing_keys
from harness.environment.describe import describe
from harness.environment.host import own_affinity
from tests.unit.environment.machines import CPUINFO, SERVER, NoDriver, grow, host_at


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
