"""Older schema versions, brought to the present one a version at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from harness.core.run import SCHEMA_VERSION

Decoded: TypeAlias = dict[str, Any]
"""A line as JSON gives it: plain dictionaries, lists, text and numbers."""

Migrations: TypeAlias = Mapping[int, Callable[[Decoded], Decoded] | None]
"""From a schema version to the function that makes one of its lines a line of the next.

None where the next version reads such a line as it is, because it only adds fields with defaults.
"""

MIGRATIONS: Final[Migrations] = {
    1: None,  # 2 adds a trial's side and a header's candidate
    2: None,  # 3 adds the energy pass
    3: None,  # 4 adds scenarios under load, device memory and states of the device
}
"""Of every version that was ever written, but the present one. Version 1 is the first."""


def is_readable(version: int, migrations: Migrations = MIGRATIONS) -> bool:
    """Whether lines of `version` are lines of the present schema as they are."""
    steps = range(version, SCHEMA_VERSION)
    return all(step in migrations and migrations[step] is None for step in steps)


def migrate(line: Decoded, version: int, migrations: Migrations = MIGRATIONS) -> Decoded:
    """Bring one line from `version` to the present schema; a header's own version follows.

    Raises:
        ValueError: no way leads from that version to the present one.
    """
    for step in range(version, SCHEMA_VERSION):
        if step not in migrations:
            raise ValueError(f"schema {version} is not known; this one reads {known(migrations)}")
        change = migrations[step]
        line = line if change is None else change(line)
    if "header" in line:
        line = line | {"header": line["header"] | {"schema_version": SCHEMA_VERSION}}
    return line


def known(migrations: Migrations = MIGRATIONS) -> str:
    """Name the versions that can be read."""
    return ", ".join(str(version) for version in sorted({*migrations, SCHEMA_VERSION}))
