"""One large network built, or one tensor of its size filled, in a process of its own."""

from __future__ import annotations

import sys
from time import perf_counter

import torch

from model_zoo.build import build
from model_zoo.fill import Filling, fill
from model_zoo.solve import parameter_count, solve
from tests.bench import peak
from tests.bench.child import answer

_STD = 0.02


def main(what: str, family: str, size: int) -> None:
    """Do it; print seconds and the bytes that the peak rose by."""
    spec = solve(family, size)
    count = parameter_count(spec)
    peak.reset()
    base = peak.peak_bytes()
    start = perf_counter()
    if what == "build":
        kept: object = build(spec)
    elif what == "fill":
        kept = _filled(count)
    else:
        kept = torch.empty(count).normal_(0, _STD, generator=torch.Generator().manual_seed(0))
    seconds = perf_counter() - start
    rise = peak.peak_bytes() - base
    del kept
    answer({"seconds": seconds, "rise": rise, "base": base, "count": count})


def _filled(count: int) -> torch.Tensor:
    """Fill one tensor as the zoo fills each of a network's."""
    tensor = torch.empty(count)
    fill(tensor, Filling(0, _STD), 0)
    return tensor


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
