"""Bytes of a run file, plain or compressed, a bounded line at a time."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, Final, cast

from harness.core.errors import StoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is read before a file is taken for an attack or an accident."""

    line_bytes: int = 256 << 20
    """A trial of ten million samples is a line of 90 MB."""
    total_bytes: int = 8 << 30
    """After decompression."""


LIMITS: Final = Limits()

SUFFIXES: Final = (".jsonl", ".jsonl.gz", ".jsonl.zst")
"""Names of run files end in one of these."""

Loader = Callable[[str], ModuleType]
"""Import a module by its name."""


def is_run_name(path: Path) -> bool:
    """Say whether a file is named like a run file."""
    return path.name.endswith(SUFFIXES)


def lines(path: Path, *, limits: Limits = LIMITS, load: Loader = import_module) -> Iterator[bytes]:
    """Yield the lines of a file in order, each with its newline; only the last may lack it.

    Raises:
        StoreError: the file cannot be opened or decompressed, or is beyond the limits.
    """
    codec = _codec(path, load)
    total = 0
    number = 0
    with _translated(path, codec), codec.open(path) as stream:
        while line := stream.readline(limits.line_bytes + 1):
            number += 1
            total += len(line)
            if len(line) > limits.line_bytes:
                raise StoreError(f"{path}:{number}: a line over {limits.line_bytes} bytes; refused")
            if total > limits.total_bytes:
                raise StoreError(f"{path}: over {limits.total_bytes} bytes unpacked; refused")
            yield line


@dataclass(frozen=True, slots=True)
class _Codec:
    """How to open a file of one kind, and what goes wrong when it is not of that kind."""

    open: Callable[[Path], BinaryIO]
    errors: tuple[type[Exception], ...] = ()


def _codec(path: Path, load: Loader) -> _Codec:
    if not is_run_name(path):
        raise StoreError(f"{path}: not a run file; expected a name ending in {', '.join(SUFFIXES)}")
    if path.suffix == ".gz":
        return _Codec(_open_gzip, (gzip.BadGzipFile, zlib.error))
    if path.suffix == ".zst":
        return _zst_codec(path, load)
    return _Codec(_open_plain)


def _zst_codec(path: Path, load: Loader) -> _Codec:
    """Take the standard library from Python 3.14 on, else the package `zstandard`."""
    try:
        module: Any = load("compression.zstd")
    except ModuleNotFoundError:
        pass
    else:
        return _Codec(module.open, (module.ZstdError,))
    try:
        package: Any = load("zstandard")
    except ModuleNotFoundError:
        raise StoreError(
            f"{path}: reading .zst needs Python 3.14 or the package 'zstandard'; "
            "install it, or unpack the file with zstd -d"
        ) from None
    return _Codec(partial(_open_by_zstandard, package), (package.ZstdError,))


def _open_plain(path: Path) -> BinaryIO:
    return path.open("rb")


def _open_gzip(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path, "rb"))


def _open_by_zstandard(package: Any, path: Path) -> BinaryIO:  # noqa: ANN401 - may be missing
    """Open a file of any number of frames; closing what is returned closes the file."""
    unpacked = package.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True)
    return io.BufferedReader(unpacked)


@contextmanager
def _translated(path: Path, codec: _Codec) -> Iterator[None]:
    try:
        yield
    except codec.errors as error:
        raise StoreError(f"{path}: not what its name says: {error}") from error
    except EOFError as error:
        raise StoreError(f"{path}: the compressed data end too early") from error
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error
