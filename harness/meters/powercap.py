"""The counters that Linux powercap shows, each known by its name: what it counts, and its range."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.core.energy import Domain

POWERCAP: Final = Path("sys/class/powercap")
_PREFIXES: Final = {"package-": Domain.CPU_PACKAGE}
_NAMES: Final = {
    "dram": Domain.DRAM,
    "core": Domain.CPU_CORE,
    "uncore": Domain.CPU_UNCORE,
    "psys": Domain.PLATFORM,
}
"""By the zone's `name`. Source: Linux, drivers/powercap/intel_rapl_common.c, rapl_domain_names."""
_MMIO: Final = "intel-rapl-mmio"
"""Zones of that control type are a second view of the packages of `intel-rapl`."""
_TOLERATED: Final = 2.0
"""Over the sum of a zone's power limits: what passes for more than it can take."""

Reader = Callable[[Path], str]


def read_text(path: Path) -> str:
    """Return what a file of sysfs holds."""
    return path.read_text(encoding="ascii", errors="replace").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """One counter of the tree."""

    name: str
    """As the kernel names it, after its parent's: `package-0`, `package-0/dram`."""
    domain: Domain
    folder: Path
    modulus: int | None = None
    """`max_energy_range_uj`: the counter begins again there, or one step above."""
    limit_w: float | None = None
    """More cannot be, in W; None where the zone has no limits."""

    @property
    def counter(self) -> Path:
        """The file with the energy, in microjoules."""
        return self.folder / "energy_uj"


def zones(sysfs_root: Path = Path("/"), read: Reader = read_text) -> tuple[Zone, ...]:
    """Return the counters that there are, each once; unreadable names are none.

    A package that the memory-mapped interface shows again is left out, and its parts with it.

    Args:
        sysfs_root: Folder that holds `sys/class/powercap`.
        read: Gives the text of a file, or raises OSError.
    """
    found = list(_every_zone(sysfs_root / POWERCAP, read))
    first_hand = {zone.name for zone in found if not zone.folder.name.startswith(_MMIO)}
    return tuple(
        zone
        for zone in found
        if not zone.folder.name.startswith(_MMIO) or zone.name not in first_hand
    )


def is_masked(sysfs_root: Path = Path("/")) -> bool:
    """Whether the folder lists zones that lead nowhere, as where a container hides them."""
    folder = sysfs_root / POWERCAP
    return any(":" in entry.name and not entry.exists() for entry in folder.glob("*"))


def _every_zone(folder: Path, read: Reader) -> Iterator[Zone]:
    names: dict[str, str] = {}
    for entry in sorted(folder.glob("*"), key=lambda path: (path.name.count(":"), path.name)):
        name = _text(entry / "name", read)
        if name is None or ":" not in entry.name:
            continue
        parent = names.get(entry.name.rpartition(":")[0])
        names[entry.name] = full = f"{parent}/{name}" if parent else name
        domain = _domain(name)
        if domain is not None:
            yield Zone(
                name=full,
                domain=domain,
                folder=entry,
                modulus=_number(entry / "max_energy_range_uj", read),
                limit_w=_limit_w(entry, read),
            )


def _domain(name: str) -> Domain | None:
    by_prefix = (domain for prefix, domain in _PREFIXES.items() if name.startswith(prefix))
    return _NAMES.get(name) or next(by_prefix, None)


def _limit_w(folder: Path, read: Reader) -> float | None:
    files = sorted(folder.glob("constraint_*_max_power_uw"))
    limits = [_number(path, read) or 0 for path in files]
    return _TOLERATED * sum(limits) * 1e-6 or None


def _number(path: Path, read: Reader) -> int | None:
    try:
        return int(_text(path, read) or "") or None
    except ValueError:
        return None


def _text(path: Path, read: Reader) -> str | None:
    try:
        return read(path)
    except OSError:
        return None
