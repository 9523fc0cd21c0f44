"""When queries come: Poisson arrivals, and who of several processes takes which."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

_NS: Final = 1e9
_BYTES: Final = 8


def poisson_arrivals(rate: float, count: int, seed: int) -> NDArray[np.int64]:
    """Draw the arrival times of a Poisson process, in ns from its start: (count,).

    Gaps are independent and exponential with the mean 1 / rate. Other rates with the same seed are
    the same draw on another scale of time.

    Source: Kingman, Poisson Processes (1993), section 4.1.
    """
    gaps = np.random.Generator(np.random.PCG64(seed)).standard_exponential(count)
    arrivals: NDArray[np.int64] = (np.cumsum(gaps) * (_NS / rate)).astype(np.int64)
    return arrivals


def new_counter(path: Path) -> None:
    """Begin the count that `taken_in_turn` goes on with."""
    path.write_bytes(bytes(_BYTES))


def taken_in_turn(path: Path, count: int) -> Iterator[int]:
    """Yield numbers below `count` that no other process of the same file gets: 2 microseconds each.

    Whoever is free takes the next query, so that together they are one queue with several servers,
    first come, first served, and no process has to hand out anything.
    """
    import fcntl  # where there are several processes there is a Unix

    file = os.open(path, os.O_RDWR)
    try:
        while True:
            fcntl.lockf(file, fcntl.LOCK_EX)
            number = int.from_bytes(os.pread(file, _BYTES, 0), "little")
            os.pwrite(file, (number + 1).to_bytes(_BYTES, "little"), 0)
            fcntl.lockf(file, fcntl.LOCK_UN)
            if number >= count:
                return
            yield number
    finally:
        os.close(file)
