"""First lines of run files: what a run was, without reading what it measured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from harness.core.errors import StoreError
from harness.core.run import SCHEMA_VERSION, RunHeader
from harness.store.line import decode_line, decode_older_line
from harness.store.migrate import MIGRATIONS
from harness.store.opening import readable_version
from harness.store.stream import lines

_DATED: Final = re.compile(r"(\d{8}T\d{6})Z?-")
"""How the names of run files begin, see `harness.store.write.run_name`."""


def read_header(path: Path) -> RunHeader:
    """Read what a run was; the lines after it are not looked at.

    Raises:
        StoreError: the file cannot be read, is not a run file, or was made by a newer version.
    """
    data = next(lines(path), b"")
    version = readable_version(path, data)
    try:
        if version == SCHEMA_VERSION:
            line = decode_line(data)
        else:
            line = decode_older_line(data, version, MIGRATIONS)
    except ValueError as error:
        raise StoreError(f"{path}:1: {error}") from error
    if line.header is None:
        raise StoreError(f"{path}:1: expected the header of a run")
    return line.header


def newest_first(paths: Iterable[Path]) -> Iterator[tuple[Path, RunHeader]]:
    """Yield runs from the newest on; files that are no runs are passed over.

    Files named as they were written are opened only when it is their turn, so that looking for the
    newest among thousands is quick.
    """
    dated = ((_began(path), path) for path in paths)
    known = [(began, path) for began, path in dated if began]
    for _, path in sorted(known, key=lambda pair: (pair[0], pair[1].name), reverse=True):
        try:
            yield path, read_header(path)
        except StoreError:
            continue


def moment(text: str) -> datetime:
    """Read a time of a run file; one without a zone is in UTC.

    Raises:
        ValueError: it is none.
    """
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _began(path: Path) -> str:
    """Return when a run began, for sorting; empty where the file is no run."""
    named = _DATED.match(path.name)
    if named:
        return named[1]
    try:
        return f"{moment(read_header(path).started_at).astimezone(UTC):%Y%m%dT%H%M%S}"
    except (StoreError, ValueError, OverflowError):
        return ""
