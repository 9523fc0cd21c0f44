"""A machine with counters of energy that are moved by a known trace, for rows that read them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter_ns
from typing import Final

from tests.powercap import tree
from tests.powercap.player import Score, playing
from tests.powercap.trace import Trace

_PERIOD_NS: Final = 5_000_000
_RANGE_UJ: Final = 65_536_000_000
"""What a counter of 2^-16 J holds in 32 bits: an AMD processor's."""
_ZONES: Final = (("intel-rapl:0", "package-0", 40_000), ("intel-rapl:0:0", "dram", 6_000))
"""Folder, name and power in mW."""


@contextmanager
def counting(folder: Path) -> Iterator[Path]:
    """Give the folder that holds `sys`; a process moves its counters until the context ends."""
    start_ns, root = perf_counter_ns(), folder / "host"
    counters = {}
    for place, name, power_mw in _ZONES:
        zone = tree.zone(root, place, name, range_uj=_RANGE_UJ, limits_uw=(200_000_000,))
        trace = Trace(start_ns=start_ns, levels=((1_000_000_000, power_mw),))
        counters[str(zone / "energy_uj")] = trace
    score = Score(
        counters=counters, range_uj=_RANGE_UJ, period_ns=_PERIOD_NS, log=str(folder / "log")
    )
    with playing(score, folder):
        yield root
