"""What calibrations found out about a machine's noise, kept between runs.

A cache: what cannot be read is forgotten, with a message; the next calibration writes it anew.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from harness.core.comparison import Calibration, NoiseFloor
from harness.core.errors import StoreError
from harness.store.replace import alone, replace_file

Key = tuple[str, str]
"""Case id and metric."""


class _Stored(msgspec.Struct, frozen=True):
    hard_keys: dict[str, str]
    made_at: str
    """Of the last calibration."""
    floors: tuple[NoiseFloor, ...]
    """Of the last calibration that had the case."""


def _say(message: str) -> None:
    sys.stderr.write(f"{message}\n")


def stored_floors(
    folder: Path, hard_keys: Mapping[str, str], tell: Callable[[str], None] = _say
) -> Mapping[Key, NoiseFloor]:
    """Return the floors of machines with these hard keys, by case id and metric; often none.

    Args:
        folder: Of what is kept between runs.
        hard_keys: Of the machine.
        tell: Is told of a file that cannot be read.
    """
    found = _read(_file(folder, hard_keys), tell)
    return {} if found is None else {(one.case_id, one.metric): one for one in found.floors}


def store_calibration(
    folder: Path, calibration: Calibration, tell: Callable[[str], None] = _say
) -> Path:
    """Keep the floors of a calibration, in place of older ones of the same cases and metrics.

    Processes that do so at once wait for each other.

    Returns:
        The file that has them.

    Raises:
        StoreError: the folder cannot be written.
    """
    path = _file(folder, calibration.hard_keys)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(path.with_suffix(".lock")):
            before = stored_floors(folder, calibration.hard_keys, tell)
            now = {(one.case_id, one.metric): one for one in calibration.floors}
            stored = _Stored(
                hard_keys=dict(calibration.hard_keys),
                made_at=calibration.made_at,
                floors=tuple({**before, **now}.values()),
            )
            replace_file(path, msgspec.json.encode(stored))
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def _file(folder: Path, hard_keys: Mapping[str, str]) -> Path:
    key = msgspec.json.encode(sorted(hard_keys.items()))
    return folder / f"noise-{hashlib.sha256(key).hexdigest()[:16]}.json"


def _read(path: Path, tell: Callable[[str], None]) -> _Stored | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        tell(f"{path}: the noise floors are not used: {error.strerror or error}")
        return None
    try:
        stored = msgspec.json.decode(data, type=_Stored)
    except (ValueError, RecursionError) as error:
        tell(f"{path}: the noise floors are forgotten: {error}; `scalecurve calibrate` again")
        return None
    wrong = [one for one in stored.floors if not 0 <= one.floor < float("inf")]
    if wrong:
        tell(f"{path}: the noise floors are forgotten: one is {wrong[0].floor}")
        return None
    return stored
