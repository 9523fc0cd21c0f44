"""A process that does nothing but let an energy window pass: which share of a core that takes."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter, process_time

from harness.measure.energy import Windower
from harness.measure.energy_counters import Found
from harness.meters.rapl import RaplMeter
from tests.bench.child import answer


def share(windower: Windower, seconds: float) -> float:
    """Return processor time over wall time of one window of idling, its ends included."""
    spent, begun = process_time(), perf_counter()
    windower.book.read()
    windower.idle(round(seconds * 1e9))
    windower.book.read()
    return (process_time() - spent) / (perf_counter() - begun)


if __name__ == "__main__":
    meters = RaplMeter(Path(sys.argv[1])).counters()
    answer(share(Windower(found=Found(meters=meters), least_ns=1), float(sys.argv[2])))
