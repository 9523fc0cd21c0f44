"""What the harness adds to an iteration that it times: its loop around a call that does nothing."""

from __future__ import annotations

from statistics import median
from time import perf_counter_ns
from typing import Final

from harness.measure.slices import time_each
from tests.bench.row import Row, Setting, under

_BLOCKS: Final = 1_000
_BLOCK_NS: Final = 2_000_000
_ITERATIONS: Final = 20_000
_BOUND: Final = under(150)


def measure(setting: Setting) -> Row:
    """Take blocks of both loops in turn; compare the medians of their times an iteration."""
    timed, bare, inside = [], [], []
    for _ in range(setting.times(_BLOCKS)):
        start = perf_counter_ns()
        samples = time_each(_nothing, _BLOCK_NS, perf_counter_ns)
        timed.append((perf_counter_ns() - start) / len(samples))
        inside.append(median(samples))
        bare.append(_bare_block())
    added = median(timed) - median(bare)
    detail = (
        f"timed loop {median(timed):.1f} ns an iteration, bare loop {median(bare):.1f} ns; "
        f"an empty call reads {median(inside):.1f} ns, so that much of it stands in each sample\n"
        f"{len(timed)} blocks of each, in turn"
    )
    return Row("overhead", f"{added:.0f} ns", f"{_BOUND} ns", _BOUND.holds(added), detail)


def _bare_block() -> float:
    """Return ns an iteration of a loop that only calls."""
    call = _nothing
    start = perf_counter_ns()
    for _ in range(_ITERATIONS):
        call()
    return (perf_counter_ns() - start) / _ITERATIONS


def _nothing() -> None:
    """Do nothing."""
