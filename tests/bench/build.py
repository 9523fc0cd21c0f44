"""What building a network of 10^9 parameters takes, beside filling one tensor of its size."""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import Any, Final

import psutil

from tests.bench.child import ask
from tests.bench.numbers import listed
from tests.bench.row import Row, Setting, under

_FAMILY: Final = "encoder"
_SIZE: Final = 1_000_000_000
_WIDTH: Final = 4
"""Bytes of a weight in fp32."""
_ROOM: Final = 1.25
_TIMES: Final = 3
_MEMORY: Final = under(1.15)
_TIME: Final = under(1.5)
_WAYS: Final = ("build", "fill", "normal")


def measure(setting: Setting) -> Row:
    """Build and fill in turn, in fresh processes; the quick way takes a tenth of the size."""
    size = _SIZE if setting.divisor == 1 else _SIZE // 10
    needed, there = round(_ROOM * _WIDTH * size), psutil.virtual_memory().available
    bound = f"{_MEMORY} x the weights; {_TIME} x filling"
    if there < needed:
        lack = f"needs {needed / 1e9:.1f} GB, {there / 1e9:.1f} GB are free"
        return Row("build", "not measured", bound, met=False, detail=lack)
    taken: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for _ in range(setting.times(_TIMES)):
        for what in _WAYS:
            taken[what].append(ask("build_one", what, _FAMILY, size, one_thread=False))
    seconds = {what: [found["seconds"] for found in all_] for what, all_ in taken.items()}
    memory = max(found["rise"] / (_WIDTH * found["count"]) for found in taken["build"])
    same, plain = (median(seconds["build"]) / median(seconds[way]) for way in ("fill", "normal"))
    detail = (
        f"{_FAMILY} of {taken['build'][0]['count']:,} parameters; peak above "
        f"{taken['build'][0]['base'] / 1e6:.0f} MB after importing torch\n"
        f"seconds: build {listed(seconds['build'], '.2f')}; one tensor filled the same way, on as "
        f"many threads, {listed(seconds['fill'], '.2f')}; by one call of `normal_`, on one thread, "
        f"{listed(seconds['normal'], '.2f')}: build is {plain:.2f} x that"
    )
    figure = f"{memory:.3f} x the weights; {same:.2f} x filling"
    return Row(
        "build", figure, bound, _MEMORY.holds(memory) and _TIME.holds(max(same, plain)), detail
    )
