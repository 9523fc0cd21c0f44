"""A loop such as everybody writes, in a process of its own: two seconds, and the median."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

from tests.bench.bare import loop_of
from tests.bench.child import answer
from tests.bench.material import case_of, gathered

_WARM_NS = 100_000_000
_NS = 1_000_000_000


def main(backend: str, cache: Path, seconds: float, network: str) -> None:
    """Warm up, time, and print the median in ns."""
    case = case_of(network, backend)
    if backend == "eager":
        import torch

        torch.set_num_threads(1)
    loop = loop_of(case.model, backend, gathered([case], cache)[case.id].artifact.path)
    loop.time(_WARM_NS)
    answer(median(loop.time(round(seconds * _NS))))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
