"""Zones as the kernel shows them, written into a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FOLDER = Path("sys/class/powercap")


def zone(
    root: Path,
    folder: str,
    name: str,
    *,
    energy_uj: int | str = 0,
    range_uj: int | None = None,
    limits_uw: tuple[int, ...] = (),
) -> Path:
    """Write one zone; return its folder."""
    path = root / FOLDER / folder
    path.mkdir(parents=True, exist_ok=True)
    files = {"name": name, "energy_uj": str(energy_uj)}
    if range_uj is not None:
        files["max_energy_range_uj"] = str(range_uj)
    for number, limit in enumerate(limits_uw):
        files[f"constraint_{number}_max_power_uw"] = str(limit)
    write(path, files)
    return path


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files of a zone, each a line."""
    for name, text in files.items():
        (folder / name).write_text(f"{text}\n", encoding="ascii")


def laptop(root: Path) -> Path:
    """Write one package with parts, memory, the platform, and the memory-mapped twin."""
    (root / FOLDER / "intel-rapl").mkdir(parents=True)
    zone(root, "intel-rapl:0", "package-0", energy_uj=1_000, range_uj=262_143_328_850)
    zone(root, "intel-rapl:0:0", "core", energy_uj=600)
    zone(root, "intel-rapl:0:1", "uncore", energy_uj=100)
    zone(root, "intel-rapl:0:2", "dram", energy_uj=200, range_uj=65_712_999_613)
    zone(root, "intel-rapl:1", "psys", energy_uj=3_000)
    zone(root, "intel-rapl-mmio:0", "package-0", energy_uj=1_001)
    zone(root, "intel-rapl-mmio:0:0", "dram", energy_uj=201)
    return root


def server(root: Path) -> Path:
    """Write two sockets of an AMD machine: one of two dies, and no counter of memory."""
    zone(root, "intel-rapl:0", "package-0-die-0", energy_uj=10)
    zone(root, "intel-rapl:1", "package-0-die-1", energy_uj=20)
    zone(root, "intel-rapl:2", "package-1", energy_uj=40)
    zone(root, "intel-rapl:2:0", "core", energy_uj=30)
    return root
