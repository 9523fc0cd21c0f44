"""Checks of a machine before a run: what is likely to disturb it, in plain sentences."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import sleep
from typing import Final

import psutil

from harness.environment.cpu import governor, turbo
from harness.environment.host import Host

WINDOW_S: Final = 0.5
"""Over which other processes are watched: fifty of the kernel's ticks."""

_BUSY_SHARE = 0.05
"""Of one core. Below it, ticks of 10 ms tell little in so short a window."""
_STEAL_SHARE = 0.01
_LOAD = 0.5
"""Mean number of processes that run or want to: half of one is no longer idle."""
_SHOWN = 3

CpuSeconds = Mapping[int, tuple[str, float]]
"""By process id: its name and the processor time it has used so far, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineState:
    """What disturbs, as far as it can be seen; None where it cannot."""

    load: float | None = None
    """Over the last minute."""
    busy: tuple[tuple[str, float], ...] = ()
    """Names of other processes and the share of one core that each used, the largest first."""
    steal: float | None = None
    """Share of the time in which a hypervisor ran somebody else."""
    governor: str | None = None
    turbo: str | None = None
    """`on` or `off`."""
    on_battery: bool = False


def quiet_warnings(host: Host | None = None, window_s: float = WINDOW_S) -> tuple[str, ...]:
    """Watch the machine for a moment; return a sentence for each thing that may disturb a run."""
    return sentences(observe(Host() if host is None else host, window_s=window_s))


def observe(
    host: Host,
    *,
    window_s: float = WINDOW_S,
    wait: Callable[[float], None] = sleep,
    processes: Callable[[], CpuSeconds] | None = None,
) -> MachineState:
    """Look at the machine, wait, and look again."""
    look = cpu_seconds if processes is None else processes
    processes_before, ticks_before = look(), _ticks(host)
    wait(window_s)
    processes_after, ticks_after = look(), _ticks(host)
    return MachineState(
        load=_load(host),
        busy=_busy(processes_before, processes_after, window_s),
        steal=_steal(ticks_before, ticks_after),
        governor=governor(host),
        turbo=turbo(host),
        on_battery=_on_battery(host),
    )


def sentences(state: MachineState) -> tuple[str, ...]:
    """Say what disturbs, one sentence each; none where nothing does."""
    found = []
    if state.load is not None and state.load > _LOAD:
        found.append(f"The load average is {state.load:.1f}; an idle machine is near 0.")
    if state.busy:
        shown = ", ".join(f"{name} {share:.0%}" for name, share in state.busy[:_SHOWN])
        found.append(f"Other processes use the processor: {shown} of one core.")
    if state.steal is not None and state.steal > _STEAL_SHARE:
        found.append(f"The hypervisor took {state.steal:.0%} of the time for other guests.")
    if state.governor not in {None, "performance"}:
        found.append(f"The clock governor is {state.governor}; performance keeps clocks steady.")
    if state.turbo == "on":
        found.append("Turbo is on: clocks depend on temperature and on what other cores do.")
    if state.on_battery:
        found.append("The machine runs on battery: clocks may be held down.")
    return tuple(found)


def cpu_seconds() -> CpuSeconds:
    """Read the processor time of every other process that may be looked at."""
    used: dict[int, tuple[str, float]] = {}
    for process in psutil.process_iter(["name", "cpu_times"]):
        times = process.info["cpu_times"]
        if times is not None and process.pid != os.getpid():
            used[process.pid] = (str(process.info["name"]), times.user + times.system)
    return used


def _busy(before: CpuSeconds, after: CpuSeconds, window_s: float) -> tuple[tuple[str, float], ...]:
    """Return the busy ones; a process that has just started is not among them."""
    shares = [
        (name, (seconds - before[pid][1]) / window_s)
        for pid, (name, seconds) in after.items()
        if pid in before
    ]
    busy = [(name, share) for name, share in shares if share >= _BUSY_SHARE]
    return tuple(sorted(busy, key=lambda pair: (-pair[1], pair[0])))


def _ticks(host: Host) -> tuple[int, ...]:
    """Return the kernel's counters of all cores: user, nice, system, idle, iowait, irq, ...

    Source: Linux, proc_stat(5). The eighth is the time stolen; those after it are in the first two.
    """
    words = (host.text("proc/stat") or "").partition("\n")[0].split()
    return tuple(int(word) for word in words[1:9]) if words[:1] == ["cpu"] else ()


def _steal(before: tuple[int, ...], after: tuple[int, ...]) -> float | None:
    passed = [late - early for early, late in zip(before, after, strict=False)]
    if len(passed) < len(("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")):
        return None
    return passed[7] / sum(passed) if sum(passed) > 0 else None


def _load(host: Host) -> float | None:
    text = host.text("proc/loadavg")
    if text is not None:
        return float(text.split()[0])
    return None if host.system in {"Linux", "Windows"} else os.getloadavg()[0]


def _on_battery(host: Host) -> bool:
    if host.system == "Linux":
        return "Discharging" in host.texts("sys/class/power_supply/BAT*/status")
    ask = getattr(psutil, "sensors_battery", None)
    battery = ask() if ask else None
    return battery is not None and battery.power_plugged is False
