"""How long kernels took when engines were built before, kept in a file beside the artifacts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.backends.tensorrt_api import BuilderConfig
from model_zoo.export.lock import locked


@contextmanager
def timing_cache(config: BuilderConfig, path: Path) -> Iterator[None]:
    """Give the build the times that are stored in `path`, and store those it adds.

    Builders that share the file take turns, so that none times its kernels beside another.
    """
    with locked(path.with_name(f".{path.name}.lock")):
        stored = path.read_bytes() if path.exists() else b""
        if not config.set_timing_cache(config.create_timing_cache(stored), False):  # noqa: FBT003 - positional in the bindings
            config.set_timing_cache(config.create_timing_cache(b""), False)  # noqa: FBT003 - as above
        yield
        _write(path, bytes(config.get_timing_cache().serialize()))


def _write(path: Path, content: bytes) -> None:
    """Replace the file as a whole."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.partial-", dir=path.parent)
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
