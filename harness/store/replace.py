"""Small files that are kept between runs: one writer at a time, and no reader sees half of one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.store.lock import wait_for_lock


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold a lock file, waiting for whoever has it; the file stays."""
    with lock.open("wb") as file:
        wait_for_lock(file.fileno())
        yield


def replace_file(path: Path, data: bytes) -> None:
    """Write beside the file and rename, so that no reader sees half of it.

    Raises:
        OSError: it cannot be written; nothing is left of it.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
