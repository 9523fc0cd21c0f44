"""Tensors written one after another into one large file, the next made while one is written."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ALIGNMENT: Final = 4096
"""Bytes; a tensor that starts a page can be mapped."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A tensor's place in the file, in bytes, and how to make its contents."""

    offset: int
    length: int
    make: Callable[[], memoryview]


def slots(tensors: Sequence[tuple[int, Callable[[], memoryview]]]) -> tuple[Slot, ...]:
    """Place tensors of (length in bytes, maker) one after another."""
    placed: list[Slot] = []
    offset = 0
    for length, make in tensors:
        placed.append(Slot(offset, length, make))
        offset += length + -length % _ALIGNMENT
    return tuple(placed)


def write_slots(path: Path, places: Sequence[Slot]) -> None:
    """Write all tensors; two are in memory at a time.

    Raises:
        OSError: the disk is full, found out before the first tensor where the system allows.
    """
    with path.open("wb") as file, ThreadPoolExecutor(1) as pool:
        if not places:
            return
        _reserve(file.fileno(), places[-1].offset + places[-1].length)
        coming = pool.submit(places[0].make)
        for place, after in zip(places, [*places[1:], None], strict=True):
            contents = coming.result()
            if after is not None:
                coming = pool.submit(after.make)
            file.seek(place.offset)
            file.write(contents)


def _reserve(descriptor: int, length: int) -> None:
    """Reserve space at once: extending a file write by write took twelve times as long."""
    if not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(descriptor, 0, length)
    except OSError as error:
        if error.errno not in {errno.EOPNOTSUPP, errno.EINVAL}:
            raise
