"""Compressed run files read the same, and damaged ones are refused."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.core.errors import StoreError
from harness.store.read import read_run
from harness.store.stream import Limits
from tests.unit.store.lines import END, HEADER, TRIAL


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path):
    path = tmp_path / "bomb.jsonl.gz"
    path.write_bytes(gzip.compress(HEADER + TRIAL * 1_000))
    assert path.stat().st_size < 10_000
    with pytest.raises(StoreError, match=r"over 100000 bytes unpacked; refused"):
        read_run(path, limits=Limits(total_bytes=100_000))


def test_damaged_gzip_is_refused(tmp_path):
    path = tmp_path / "run.jsonl.gz"
    packed = gzip.compress(HEADER + TRIAL)
    for content in (b"plain text", packed[:-20], packed[:30] + b"\0" * 30 + packed[60:]):
        path.write_bytes(content)
        with pytest.raises(StoreError, match=r"run\.jsonl\.gz"):
            read_run(path)


class ZstdError(Exception):
    """What both packages call their own error."""


def missing(name: str) -> SimpleNamespace:
    raise ModuleNotFoundError(name)


def standard_library(name: str) -> SimpleNamespace:
    """Stand for the module of Python 3.14, with zlib inside."""
    assert name == "compression.zstd"
    return SimpleNamespace(open=open_deflated, ZstdError=ZstdError)


def package(name: str) -> SimpleNamespace:
    """Stand for the package `zstandard`, with zlib inside."""
    if name != "zstandard":
        missing(name)

    def stream_reader(source: io.BufferedReader, *, read_across_frames: bool) -> io.BytesIO:
        assert read_across_frames
        with source:
            return inflated(source.read())

    return SimpleNamespace(
        ZstdDecompressor=lambda: SimpleNamespace(stream_reader=stream_reader), ZstdError=ZstdError
    )


def open_deflated(path: Path) -> io.BytesIO:
    return inflated(path.read_bytes())


def inflated(data: bytes) -> io.BytesIO:
    try:
        return io.BytesIO(zlib.decompress(data))
    except zlib.error as error:
        raise ZstdError(str(error)) from error


@pytest.mark.parametrize("load", [standard_library, package])
def test_zst_is_read_by_the_standard_library_or_the_package(
    tmp_path: Path, load: Callable[[str], SimpleNamespace]
) -> None:
    path = tmp_path / "run.jsonl.zst"
    path.write_bytes(zlib.compress(HEADER + TRIAL + END))
    run = read_run(path, load=load)  # type: ignore[arg-type]  # stands for a module
    assert len(run.trials) == 1
    path.write_bytes(b"not compressed")
    with pytest.raises(StoreError, match="not what its name says"):
        read_run(path, load=load)  # type: ignore[arg-type]  # stands for a module


def test_where_nothing_reads_zst_the_error_says_what_to_install(tmp_path):
    path = tmp_path / "run.jsonl.zst"
    path.touch()
    with pytest.raises(StoreError, match=r"needs Python 3\.14 or the package 'zstandard'"):
        read_run(path, load=missing)  # type: ignore[arg-type]  # stands for a module
