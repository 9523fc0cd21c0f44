"""Energy of the processor packages through Linux powercap: whether its counters can be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode

_POWERCAP: Final = Path("sys/class/powercap")
_PACKAGE: Final = "package-"
"""Zones are known by their `name`: dram, core and psys are parts or wholes of packages.

Source: Linux, Documentation/power/powercap/powercap.rst.
"""
_HINT_ABSENT: Final = (
    "needs bare-metal Linux on x86; a virtual machine cannot be given the counters from inside. "
    "In a container bind /sys/class/powercap and /sys/devices/virtual/powercap read-only under "
    "a folder, and name it with --sysfs-root"
)
_HINT_DENIED: Final = (
    "let one group read it: in /etc/udev/rules.d/99-rapl.rules put "
    'SUBSYSTEM=="powercap", KERNEL=="intel-rapl*", '
    'RUN+="/usr/bin/chgrp energy /sys/%p/energy_uj", RUN+="/usr/bin/chmod g+r /sys/%p/energy_uj"; '
    "run udevadm control --reload-rules && udevadm trigger; join the group energy and log in "
    "again. Keep it closed to others: the counter gives secrets away (CVE-2020-8694)"
)

Reader = Callable[[Path], str]


def read_text(path: Path) -> str:
    """Return what a file of sysfs holds."""
    return path.read_text(encoding="ascii", errors="replace").strip()


def availability(sysfs_root: Path = Path("/"), read: Reader = read_text) -> Reason:
    """Say why no energy is measured with these counters.

    Args:
        sysfs_root: folder that holds `sys/class/powercap`.
        read: gives the text of a file, or raises OSError.
    """
    packages = _packages(sysfs_root / _POWERCAP, read)
    if not packages:
        detail = f"no package zone under {sysfs_root / _POWERCAP}"
        return Reason(code=ReasonCode.POWERCAP_NOT_EXPOSED, detail=detail, hint=_HINT_ABSENT)
    for zone in packages:
        counter = zone / "energy_uj"
        try:
            int(read(counter))
        except PermissionError:
            detail = f"{counter} may not be read by this user"
            return Reason(code=ReasonCode.RAPL_PERMISSION_DENIED, detail=detail, hint=_HINT_DENIED)
        except (OSError, ValueError) as error:
            detail = f"{counter} holds no counter: {error}"
            return Reason(code=ReasonCode.POWERCAP_NOT_EXPOSED, detail=detail, hint=_HINT_ABSENT)
    return Reason(
        code=ReasonCode.NO_ENERGY_WINDOW,
        detail=f"found {len(packages)} package counters; this version measures no energy windows",
    )


def _packages(powercap: Path, read: Reader) -> list[Path]:
    """Return the zones that are processor packages, by name; unreadable names are none."""
    zones = []
    for zone in sorted(powercap.glob("*")):
        try:
            name = read(zone / "name")
        except OSError:
            continue
        if name.startswith(_PACKAGE):
            zones.append(zone)
    return zones


@dataclass(frozen=True, slots=True)
class RaplMeter:
    """Energy of all packages; refuses until energy windows are measured."""

    sysfs_root: Path = Path("/")
    unit: str = "uJ"

    def availability(self) -> Reason:
        """Say why no energy is measured with these counters."""
        return availability(self.sysfs_root)

    def read(self) -> int:
        """Refuse, with the reason.

        Raises:
            Unavailable: always.
        """
        reason = self.availability()
        raise Unavailable(reason.code, reason.detail, reason.hint)
