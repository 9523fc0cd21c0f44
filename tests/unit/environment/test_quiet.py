"""What is likely to disturb a run is said before it, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.environment.host import Host
from harness.environment.quiet import (
    MachineState,
    cpu_seconds,
    observe,
    quiet_warnings,
    sentences,
)


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def host_at(root: Path, system: str = "Linux") -> Host:
    return Host(root=root, system=system)


def processes(*looks: dict[int, tuple[str, float]]):
    answers: Iterator[dict[int, tuple[str, float]]] = iter(looks)
    return lambda: next(answers)


def test_a_quiet_machine_gets_no_warning():
    state = MachineState(load=0.1, steal=0.0, governor="performance", turbo="off")
    assert sentences(state) == ()
    assert sentences(MachineState()) == ()


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (MachineState(load=3.24), "The load average is 3.2; an idle machine is near 0."),
        (MachineState(steal=0.07), "The hypervisor took 7% of the time for other guests."),
        (MachineState(governor="powersave"), "The clock governor is powersave; performance "),
        (MachineState(turbo="on"), "Turbo is on: clocks depend on temperature"),
        (MachineState(on_battery=True), "The machine runs on battery"),
        (
            MachineState(busy=(("a", 0.9), ("b", 0.5), ("c", 0.2), ("d", 0.1))),
            "Other processes use the processor: a 90%, b 50%, c 20% of one core.",
        ),
    ],
)
def test_each_disturbance_has_its_sentence(state, sentence):
    (said,) = sentences(state)
    assert said.startswith(sentence)


def test_the_machine_is_watched_over_the_window(tmp_path):
    write(tmp_path, "proc/stat", "cpu  100 0 50 800 0 0 0 10 0 0\ncpu0 1 2 3\n")
    write(tmp_path, "proc/loadavg", "0.42 0.3 0.2 1/100 999\n")
    write(tmp_path, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "schedutil")
    write(tmp_path, "sys/class/power_supply/BAT0/status", "Discharging")
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        write(tmp_path, "proc/stat", "cpu  110 0 50 870 0 0 0 30 0 0\n")

    before = {1: ("init", 5.0), 7: ("compiler", 10.0), 8: ("idler", 1.0), 9: ("gone", 1.0)}
    after = {1: ("init", 5.0), 7: ("compiler", 10.9), 8: ("idler", 1.01), 10: ("new", 50.0)}
    state = observe(host_at(tmp_path), window_s=1.0, wait=wait, processes=processes(before, after))
    assert waited == [1.0]
    assert state.load == 0.42
    assert state.steal == 0.2
    assert [name for name, _ in state.busy] == ["compiler"]
    assert state.busy[0][1] == pytest.approx(0.9)
    assert state.governor == "schedutil"
    assert state.turbo is None
    assert state.on_battery


@pytest.mark.parametrize("stat", ["", "cpu  1 2 3\n", "intr 1 2 3 4 5 6 7 8 9\n"])
def test_a_kernel_that_counts_no_steal_is_not_asked_for_it(tmp_path, stat):
    write(tmp_path, "proc/stat", stat)
    state = observe(host_at(tmp_path), wait=lambda _: None, processes=processes({}, {}))
    assert state.steal is None
    assert state.load is None


def test_counters_that_stand_still_tell_no_steal(tmp_path):
    write(tmp_path, "proc/stat", "cpu  100 0 50 800 0 0 0 10 0 0\n")
    state = observe(host_at(tmp_path), wait=lambda _: None, processes=processes({}, {}))
    assert state.steal is None


@pytest.mark.parametrize("system", ["Darwin", "Windows"])
def test_other_systems_tell_what_they_can(tmp_path, system):
    if system == "Darwin" and not hasattr(psutil, "getloadavg"):
        pytest.skip("this platform has no load average to ask for")
    state = observe(host_at(tmp_path, system), wait=lambda _: None, processes=processes({}, {}))
    assert (state.load is None) == (system == "Windows")
    assert state.governor is None


def test_this_machine_can_be_watched():
    assert all(said.strip() for said in quiet_warnings(window_s=0.01))


def test_this_process_is_none_of_the_others():
    seconds = cpu_seconds()
    assert psutil.Process().pid not in seconds
    assert all(used >= 0 for _, used in seconds.values())
