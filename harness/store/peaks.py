"""Measured peaks of machines: a file each, beside run files or in the folder kept between runs.

In the latter they are a cache: what cannot be read is forgotten, and measured anew.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from harness.core.errors import StoreError
from harness.core.peaks import PEAKS_VERSION, Peaks

_PATTERN: Final = "peaks-*.json"


def stored_peaks(folders: Iterable[Path], hard_keys: Mapping[str, str]) -> tuple[Peaks, ...]:
    """Return the peaks of a machine, one a device and number of threads.

    Args:
        folders: Where to look, not in the folders in them; of equal ones the first found counts.
        hard_keys: Of the machine.
    """
    found: dict[tuple[str, int], Peaks] = {}
    for peaks in (one for folder in folders for one in _in(folder)):
        if dict(peaks.hard_keys) == dict(hard_keys):
            found.setdefault((peaks.device, peaks.threads), peaks)
    return tuple(found.values())


def store_peaks(folder: Path, peaks: Peaks) -> Path:
    """Write peaks into a folder, in place of older ones of the same machine and device.

    Raises:
        StoreError: the folder cannot be written.
    """
    key = [sorted(peaks.hard_keys.items()), peaks.device, peaks.threads]
    digest = hashlib.sha256(msgspec.json.encode(key)).hexdigest()[:16]
    path = folder / f"peaks-{digest}.json"
    part = folder / f".peaks-{digest}-{os.getpid()}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(msgspec.json.format(msgspec.json.encode(peaks), indent=1) + b"\n")
        part.replace(path)
    except OSError as error:
        with suppress(OSError):  # the folder itself may be what is wrong
            part.unlink(missing_ok=True)
        raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def _in(folder: Path) -> Iterator[Peaks]:
    """Read every file of peaks that this version understands."""
    for path in sorted(folder.glob(_PATTERN)):
        try:
            peaks = msgspec.json.decode(path.read_bytes(), type=Peaks)
        except (OSError, ValueError, RecursionError):
            continue
        if peaks.version == PEAKS_VERSION and _is_sound(peaks):
            yield peaks


def _is_sound(peaks: Peaks) -> bool:
    """Whether everything is above zero: a file may be damaged, or made up."""
    rates = [*peaks.gemm.values(), *(one.rate for one in peaks.bandwidth), peaks.launch]
    sets = [one.working_set for one in peaks.bandwidth]
    return bool(sets) and all(0 < rate < float("inf") for rate in [*rates, *sets])
