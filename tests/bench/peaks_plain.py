"""A plain loop such as everybody writes for peaks: the fastest product, the fastest sum."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import perf_counter

import torch

from tests.bench.child import answer

_SIZE = 768
_FLOATS = 1 << 26
"""256 MiB: larger than any cache."""


def main(seconds: float) -> None:
    """Print the best FLOP/s of a product and the best B/s of going through memory."""
    torch.set_num_threads(1)
    with torch.inference_mode():
        square = torch.ones(_SIZE, _SIZE)
        out = torch.empty_like(square)
        product_s = _fastest(lambda: torch.mm(square, square, out=out), seconds)
        values = torch.ones(_FLOATS)
        half = _FLOATS // 2
        ways: tuple[Callable[[], object], ...] = (
            values.sum,
            lambda: torch.dot(values[:half], values[half:]),
        )
        read_s = min(_fastest(way, seconds) for way in ways)
    size = values.element_size() * _FLOATS
    answer({"gemm": 2 * _SIZE**3 / product_s, "bandwidth": size / read_s})


def _fastest(work: Callable[[], object], seconds: float) -> float:
    work()
    least = float("inf")
    end = perf_counter() + seconds
    while perf_counter() < end:
        start = perf_counter()
        work()
        least = min(least, perf_counter() - start)
    return least


if __name__ == "__main__":
    main(float(sys.argv[1]))
