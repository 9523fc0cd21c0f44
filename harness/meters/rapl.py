"""Energy of processor packages and their memory, by the counters of Linux powercap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns, sleep
from typing import Final

from harness.core.energy import Domain
from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode
from harness.meters.energy.period import update_period_ns
from harness.meters.powercap import POWERCAP, Reader, Zone, is_masked, read_text, zones

METHOD: Final = "rapl_powercap"
_LOOK_S: Final = 0.0001
"""Between two looks for a change; counters move about once a millisecond."""
_CPUINFO: Final = Path("/proc/cpuinfo")
_BIND: Final = (
    "In a container bind /sys/class/powercap and /sys/devices/virtual/powercap read-only under "
    "a folder, and name it with --sysfs-root"
)
_HINT_ABSENT: Final = f"needs bare-metal Linux on x86 with the module intel_rapl_msr. {_BIND}"
_HINT_VIRTUAL: Final = (
    "this is a virtual machine: it cannot be given the counters from inside; measure energy on "
    f"bare metal. {_BIND}"
)
_HINT_DENIED: Final = (
    "let one group read it: in /etc/udev/rules.d/99-rapl.rules put "
    'SUBSYSTEM=="powercap", KERNEL=="intel-rapl*", '
    'RUN+="/usr/bin/chgrp energy /sys/%p/energy_uj", RUN+="/usr/bin/chmod g+r /sys/%p/energy_uj"; '
    "run udevadm control --reload-rules && udevadm trigger; join the group energy and log in "
    "again. Keep it closed to others: the counter gives secrets away (CVE-2020-8694)"
)


def availability(
    sysfs_root: Path = Path("/"), read: Reader = read_text, cpuinfo: Path = _CPUINFO
) -> Reason | None:
    """Say why these counters cannot be read; None where they can.

    Args:
        sysfs_root: Folder that holds `sys/class/powercap`.
        read: Gives the text of a file, or raises OSError.
        cpuinfo: Says by a flag whether this is a virtual machine.
    """
    packages = _packages(sysfs_root, read)
    if not packages:
        return _absent(sysfs_root, cpuinfo)
    for zone in packages:
        try:
            _read_counter(zone, read)
        except Unavailable as error:
            return error.reason
    return None


def _packages(sysfs_root: Path, read: Reader) -> list[Zone]:
    return [zone for zone in zones(sysfs_root, read) if zone.domain is Domain.CPU_PACKAGE]


def _absent(sysfs_root: Path, cpuinfo: Path) -> Reason:
    folder = sysfs_root / POWERCAP
    if is_masked(sysfs_root):
        detail = f"the zones of {folder} lead nowhere: this container hides them"
        return Reason(code=ReasonCode.CONTAINER_MASKED, detail=detail, hint=_BIND)
    hint = _HINT_VIRTUAL if _is_virtual(cpuinfo) else _HINT_ABSENT
    detail = f"no package zone under {folder}"
    return Reason(code=ReasonCode.POWERCAP_NOT_EXPOSED, detail=detail, hint=hint)


def _is_virtual(cpuinfo: Path) -> bool:
    """Whether the processor says that a hypervisor runs it.

    Source: Linux, arch/x86/include/asm/cpufeatures.h, X86_FEATURE_HYPERVISOR.
    """
    try:
        lines = cpuinfo.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith("flags")), "")
    return "hypervisor" in flags.split()


def _read_counter(zone: Zone, read: Reader) -> int:
    """Return a zone's counter, in microjoules.

    Raises:
        Unavailable: it may not be read, or is none.
    """
    try:
        return int(read(zone.counter))
    except PermissionError:
        detail = f"{zone.counter} may not be read by this user"
        raise Unavailable(ReasonCode.RAPL_PERMISSION_DENIED, detail, _HINT_DENIED) from None
    except (OSError, ValueError) as error:
        detail = f"{zone.counter} holds no counter: {error}"
        raise Unavailable(ReasonCode.POWERCAP_NOT_EXPOSED, detail, _HINT_ABSENT) from None


@dataclass(frozen=True, slots=True)
class ZoneMeter:
    """The counter of one zone."""

    zone: Zone
    reader: Reader = read_text
    method: str = METHOD
    unit: str = "uJ"
    is_integrated: bool = False
    lag_ns: int = 0

    @property
    def name(self) -> str:
        """As the kernel names the zone."""
        return self.zone.name

    @property
    def domain(self) -> Domain:
        """What it counts the energy of."""
        return self.zone.domain

    @property
    def modulus(self) -> int | None:
        """Where it begins again, in microjoules."""
        return self.zone.modulus

    @property
    def limit_w(self) -> float | None:
        """More cannot be, in W."""
        return self.zone.limit_w

    def look(self) -> int:
        """Return the counter, in microjoules."""
        return self.read()

    def read(self) -> int:
        """Return the counter, in microjoules.

        Raises:
            Unavailable: it may not be read, or is none.
        """
        return _read_counter(self.zone, self.reader)


@dataclass(frozen=True, slots=True)
class RaplMeter:
    """Energy of all packages."""

    sysfs_root: Path = Path("/")
    reader: Reader = read_text
    unit: str = "uJ"

    def availability(self) -> Reason | None:
        """Say why no package can be read; None where all can."""
        return availability(self.sysfs_root, self.reader)

    def read(self) -> int:
        """Return the sum of the packages' counters, in microjoules.

        Each begins again on its own: for energy over time, difference each of `counters`.

        Raises:
            Unavailable: a package may not be read, or there is none.
        """
        reason = self.availability()
        if reason is not None:
            raise Unavailable(reason.code, reason.detail, reason.hint)
        packages = _packages(self.sysfs_root, self.reader)
        return sum(_read_counter(zone, self.reader) for zone in packages)

    def counters(self) -> tuple[ZoneMeter, ...]:
        """Return every counter that can be read, the packages first."""
        found = [ZoneMeter(zone, self.reader) for zone in zones(self.sysfs_root, self.reader)]
        order = list(Domain)
        return tuple(
            meter
            for meter in sorted(found, key=lambda one: order.index(one.domain))
            if _why_not(meter) is None
        )

    def missing(self) -> Mapping[str, Reason]:
        """Return by domain why nothing is read of it, of those that a sum would have."""
        found = zones(self.sysfs_root, self.reader)
        reasons = {}
        for domain in (Domain.CPU_PACKAGE, Domain.DRAM):
            ours = [ZoneMeter(zone, self.reader) for zone in found if zone.domain is domain]
            unread = [reason for meter in ours if (reason := _why_not(meter))]
            if not ours:
                detail = f"no zone {domain} under {self.sysfs_root / POWERCAP}"
                unread = [Reason(code=ReasonCode.ZONE_ABSENT, detail=detail)]
            if unread:
                reasons[str(domain)] = unread[0]
        return reasons

    def update_period_ns(self) -> int | None:
        """Watch the first package for up to three seconds; return how often it moves, in ns."""
        (first, *_) = self.counters()
        return update_period_ns(first.read, perf_counter_ns, lambda: sleep(_LOOK_S))


def _why_not(meter: ZoneMeter) -> Reason | None:
    try:
        meter.read()
    except Unavailable as error:
        return error.reason
    return None
