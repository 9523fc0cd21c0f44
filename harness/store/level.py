"""The machine's quiet level, as its last runs found it, kept between runs.

A cache: what cannot be read is forgotten, and deleting the folder costs only the anchor.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec

from harness.core.errors import StoreError
from harness.store.replace import alone, replace_file

KEPT: Final = 20
"""Runs whose level is remembered: the machine's habits may change over months."""

CONFIRMATION: Final = 0.05
"""Relative; two runs within it agree. Source: own measurement; the quiet level of the native probe
spreads by 0.7 % between processes, and its slow level is 18 % higher."""


class _Levels(msgspec.Struct, frozen=True):
    hard_keys: dict[str, str]
    probe_version: int
    native_ns: tuple[float, ...] = ()
    """Of the last runs, the oldest first."""


def stored_level(folder: Path, hard_keys: Mapping[str, str], probe_version: int) -> float | None:
    """Return the lowest level in nanoseconds that at least two of the last runs agree on.

    One run alone may have seen a slow machine only, or a clock's slip.

    Returns:
        None where no two runs agree, or none is stored.
    """
    levels = sorted(_read(_file(folder, hard_keys, probe_version)))
    agreed = (low for low, up in pairwise(levels) if up <= low * (1 + CONFIRMATION))
    return next(agreed, None)


def store_level(
    folder: Path, hard_keys: Mapping[str, str], probe_version: int, native_ns: float
) -> None:
    """Add the level of a run; processes that do so at once wait for each other.

    Raises:
        ValueError: the level is not a positive number.
        StoreError: the folder cannot be written.
    """
    if not 0 < native_ns < float("inf"):
        raise ValueError(f"quiet level {native_ns} ns; expected a positive number")
    path = _file(folder, hard_keys, probe_version)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(path.with_suffix(".lock")):
            levels = _Levels(
                hard_keys=dict(hard_keys),
                probe_version=probe_version,
                native_ns=(*_read(path), native_ns)[-KEPT:],
            )
            replace_file(path, msgspec.json.encode(levels))
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from error


def state_folder(
    environ: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
    home: Path | None = None,
) -> Path:
    """Name the folder for what is kept between runs; `SCALECURVE_STATE` goes before all else."""
    home = Path.home() if home is None else home
    if environ.get("SCALECURVE_STATE"):
        return Path(environ["SCALECURVE_STATE"])
    if platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    return base / "scalecurve"


def _file(folder: Path, hard_keys: Mapping[str, str], probe_version: int) -> Path:
    key = msgspec.json.encode([sorted(hard_keys.items()), probe_version])
    return folder / f"quiet-level-{hashlib.sha256(key).hexdigest()[:16]}.json"


def _read(path: Path) -> tuple[float, ...]:
    """Return the levels in a file; none where it is missing, unreadable or damaged."""
    try:
        levels = msgspec.json.decode(path.read_bytes(), type=_Levels).native_ns
    except (OSError, ValueError, RecursionError):
        return ()
    return levels if all(level > 0 for level in levels) else ()
