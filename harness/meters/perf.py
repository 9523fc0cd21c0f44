"""Energy of processor packages and their memory, by the kernel's power events of `perf`.

They count what the zones of powercap count, and serve where those are closed.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from time import perf_counter_ns, sleep
from typing import Final

from harness.core.energy import Domain
from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode
from harness.meters.energy.period import update_period_ns
from harness.meters.perf_events import Events, KernelEvents
from harness.meters.powercap import Reader, read_text

METHOD: Final = "rapl_perf"
POWER: Final = Path("sys/bus/event_source/devices/power")
_CPUS: Final = Path("sys/devices/system/cpu")
_PARANOID: Final = Path("proc/sys/kernel/perf_event_paranoid")
_EVENTS: Final = {
    "energy-pkg": (Domain.CPU_PACKAGE, ""),
    "energy-ram": (Domain.DRAM, "/dram"),
    "energy-cores": (Domain.CPU_CORE, "/core"),
    "energy-gpu": (Domain.CPU_UNCORE, "/uncore"),
    "energy-psys": (Domain.PLATFORM, "/psys"),
}
"""By the event, what it counts. Source: Linux, arch/x86/events/rapl.c."""
_MICRO: Final = 1_000_000
_LOOK_S: Final = 0.0001
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM})
_HINT_DENIED: Final = (
    "give this one process the capability CAP_PERFMON, for example by systemd-run with "
    "--property=AmbientCapabilities=CAP_PERFMON and --uid of the user that measures; a value of 0 "
    "in kernel.perf_event_paranoid would do it too, and let every user profile the machine"
)
_HINT_ABSENT: Final = "needs bare-metal Linux on x86 with the module rapl (perf's power events)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerEvent:
    """One event on one processor of a socket."""

    name: str
    """As powercap would name the zone: `package-0`, `package-0/dram`."""
    domain: Domain
    kind: int
    """Number that the kernel gave the group of events."""
    config: int
    cpu: int
    scale_uj: Fraction
    """One count, in microjoules."""


def power_events(sysfs_root: Path = Path("/"), read: Reader = read_text) -> tuple[PowerEvent, ...]:
    """Return every power event of every socket, the packages first; none that is not in joules.

    Args:
        sysfs_root: Folder that holds `sys`.
        read: Gives the text of a file, or raises OSError.
    """
    folder = sysfs_root / POWER
    try:
        kind = int(read(folder / "type"))
        cpus = cpu_list(read(folder / "cpumask"))
    except (OSError, ValueError):
        return ()
    found = [
        event
        for number, cpu in enumerate(cpus)
        for event in _of_socket(folder, read, kind, (cpu, _socket(sysfs_root, read, cpu, number)))
    ]
    order = list(Domain)
    return tuple(sorted(found, key=lambda event: order.index(event.domain)))


def cpu_list(text: str) -> tuple[int, ...]:
    """Read the kernel's list of processors.

    >>> cpu_list("0,18-19")
    (0, 18, 19)
    """
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def _of_socket(
    folder: Path, read: Reader, kind: int, place: tuple[int, int]
) -> Iterator[PowerEvent]:
    cpu, socket = place
    for event, (domain, tail) in _EVENTS.items():
        path = folder / "events" / event
        try:
            config = _config(read(path))
            scale = Fraction(read(path.with_name(f"{event}.scale")).strip())
            unit = read(path.with_name(f"{event}.unit"))
        except (OSError, ValueError):
            continue
        if config is not None and unit == "Joules" and scale > 0:
            yield PowerEvent(
                name=f"package-{socket}{tail}",
                domain=domain,
                kind=kind,
                config=config,
                cpu=cpu,
                scale_uj=scale * _MICRO,
            )


def _config(text: str) -> int | None:
    """Read `event=0x02`, whose number is the whole configuration."""
    found = re.fullmatch(r"event=(0x[0-9a-fA-F]+|\d+)", text.strip())
    return int(found[1], 0) if found else None


def _socket(sysfs_root: Path, read: Reader, cpu: int, number: int) -> int:
    """Return the number of a processor's socket; its place in the list where nobody says."""
    try:
        return int(read(sysfs_root / _CPUS / f"cpu{cpu}" / "topology" / "physical_package_id"))
    except (OSError, ValueError):
        return number


@dataclass(frozen=True)
class EventMeter:
    """The counter of one event, which counts from the first reading on."""

    event: PowerEvent
    events: Events
    method: str = METHOD
    unit: str = "uJ"
    modulus: int | None = None
    """The kernel adds up what the hardware wraps."""
    limit_w: float | None = None
    is_integrated: bool = False
    lag_ns: int = 0

    @property
    def name(self) -> str:
        """As powercap would name the zone."""
        return self.event.name

    @property
    def domain(self) -> Domain:
        """What it counts the energy of."""
        return self.event.domain

    def look(self) -> int:
        """Return the counter, in microjoules."""
        return self.read()

    def read(self) -> int:
        """Return the counter, in microjoules.

        Raises:
            Unavailable: this user may not count it, or it is gone.
        """
        try:
            return int(self.events.read(self._handle) * self.event.scale_uj)
        except OSError as error:
            raise _refused(self.event, error) from error

    def close(self) -> None:
        """Stop counting, where it was begun."""
        if "_handle" in self.__dict__:
            self.events.close(self._handle)

    @cached_property
    def _handle(self) -> int:
        return self.events.open(self.event.kind, self.event.config, self.event.cpu)


def _refused(event: PowerEvent, error: OSError) -> Unavailable:
    what = f"{event.name} by perf"
    if error.errno in _DENIED:
        code = ReasonCode.PERF_PARANOID
        return Unavailable(code, f"{what} may not be read by this user", _HINT_DENIED)
    code = ReasonCode.POWERCAP_NOT_EXPOSED
    return Unavailable(code, f"{what} cannot be read: {error}", _HINT_ABSENT)


@dataclass(frozen=True)
class PerfMeter:
    """Energy of all packages, by events."""

    sysfs_root: Path = Path("/")
    reader: Reader = read_text
    events: Events = field(default_factory=KernelEvents)
    unit: str = "uJ"

    def availability(self) -> Reason | None:
        """Say why no package can be read; None where all can."""
        packages = self._of(Domain.CPU_PACKAGE)
        if not packages:
            code = ReasonCode.POWERCAP_NOT_EXPOSED
            detail = f"no event of a package under {self.sysfs_root / POWER}"
            return Reason(code=code, detail=detail, hint=_HINT_ABSENT)
        reasons = (_why_not(meter) for meter in packages)
        reason = next((why for why in reasons if why is not None), None)
        return None if reason is None else self._with_level(reason)

    def read(self) -> int:
        """Return the sum of the packages' counters since each was first read, in microjoules.

        Raises:
            Unavailable: a package may not be read, or there is none.
        """
        reason = self.availability()
        if reason is not None:
            raise Unavailable(reason.code, reason.detail, reason.hint)
        return sum(meter.read() for meter in self._of(Domain.CPU_PACKAGE))

    def counters(self) -> tuple[EventMeter, ...]:
        """Return every counter that can be read, the packages first."""
        return tuple(meter for meter in self._meters if _why_not(meter) is None)

    def missing(self) -> Mapping[str, Reason]:
        """Return by domain why nothing is read of it, of those that a sum would have."""
        reasons = {}
        for domain in (Domain.CPU_PACKAGE, Domain.DRAM):
            ours = self._of(domain)
            unread = [reason for meter in ours if (reason := _why_not(meter))]
            if not ours:
                detail = f"no event of {domain} under {self.sysfs_root / POWER}"
                unread = [Reason(code=ReasonCode.ZONE_ABSENT, detail=detail)]
            if unread:
                reasons[str(domain)] = unread[0]
        return reasons

    def update_period_ns(self) -> int | None:
        """Watch the first package for up to three seconds; return how often it moves, in ns."""
        (first, *_) = self.counters()
        return update_period_ns(first.look, perf_counter_ns, lambda: sleep(_LOOK_S))

    def close(self) -> None:
        """Stop counting."""
        for meter in self._meters:
            meter.close()

    @cached_property
    def _meters(self) -> tuple[EventMeter, ...]:
        found = power_events(self.sysfs_root, self.reader)
        return tuple(EventMeter(event, self.events) for event in found)

    def _of(self, domain: Domain) -> list[EventMeter]:
        return [meter for meter in self._meters if meter.domain is domain]

    def _with_level(self, reason: Reason) -> Reason:
        """Add how closed the kernel is, where it says."""
        try:
            level = self.reader(Path("/") / _PARANOID)
        except OSError:
            return reason
        detail = f"{reason.detail} (kernel.perf_event_paranoid is {level})"
        return Reason(code=reason.code, detail=detail, hint=reason.hint)


def _why_not(meter: EventMeter) -> Reason | None:
    try:
        meter.read()
    except Unavailable as error:
        return error.reason
    return None
