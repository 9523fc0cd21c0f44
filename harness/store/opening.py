"""The first line of a file: is it a run of ours, and of which schema version?"""

from __future__ import annotations

from pathlib import Path

from harness.core.errors import StoreError
from harness.core.run import SCHEMA_VERSION
from harness.store.line import opening_version


def readable_version(path: Path, data: bytes) -> int:
    """Return the schema version of a run file by its first line.

    Raises:
        StoreError: it is no run file, or was made by a newer version of this program.
    """
    try:
        version = opening_version(data)
    except ValueError as error:
        raise StoreError(f"{path}:1: {_no_run(data, error)}") from error
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path}:1: made by a newer version: schema {version}; "
            f"this one reads up to {SCHEMA_VERSION}"
        )
    return version


def _no_run(data: bytes, error: ValueError) -> str:
    if not data.endswith(b"\n"):
        return "no whole header: no scalecurve run file, or one that ended before its first trial"
    found = str(error) if data.strip() else "an empty line"
    return f"no scalecurve run file: the first line is not the header of a run: {found}"
