"""What exporting a network of 3x10^8 parameters to ONNX takes, beside the exporter's plain use."""

from __future__ import annotations

import shutil
from collections import defaultdict
from statistics import median
from typing import Any, Final

import psutil

from tests.bench.child import ask
from tests.bench.numbers import listed
from tests.bench.row import Row, Setting, under

_FAMILY: Final = "encoder"
_SIZE: Final = 300_000_000
_WIDTH: Final = 4
_ROOM: Final = 5.0
"""Times the weights: what the plain way may need, its module and its copies."""
_TIMES: Final = 2
_MEMORY: Final = under(2.2)
_TIME: Final = under(0.6)


def measure(setting: Setting) -> Row:
    """Export both ways in turn, each time in a fresh process, and delete the files at once."""
    size = _SIZE if setting.divisor == 1 else _SIZE // 10
    needed, there = round(_ROOM * _WIDTH * size), psutil.virtual_memory().available
    bound = f"{_MEMORY} x the weights; {_TIME} x the plain export"
    if there < needed:
        lack = f"needs {needed / 1e9:.1f} GB, {there / 1e9:.1f} GB are free"
        return Row("export", "not measured", bound, met=False, detail=lack)
    taken: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for _ in range(setting.times(_TIMES)):
        for what in ("zoo", "plain"):
            taken[what].append(_export(setting, what, size))
    return _row(taken, bound)


def _export(setting: Setting, what: str, size: int) -> dict[str, Any]:
    folder = setting.room("export") / what
    try:
        found: dict[str, Any] = ask("export_one", what, _FAMILY, size, folder, one_thread=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found


def _row(taken: dict[str, list[dict[str, Any]]], bound: str) -> Row:
    seconds = {what: [found["seconds"] for found in all_] for what, all_ in taken.items()}
    ratio = median(seconds["zoo"]) / median(seconds["plain"])
    count = taken["zoo"][0]["count"]
    rise, peak = (
        {what: max(found[key] for found in all_) / (_WIDTH * count) for what, all_ in taken.items()}
        for key in ("rise", "peak")
    )
    detail = (
        f"{_FAMILY} of {count:,} parameters; seconds: zoo {listed(seconds['zoo'], '.1f')}, plain "
        f"{listed(seconds['plain'], '.1f')} (its module was built before)\n"
        f"peak over what the imports hold: zoo {rise['zoo']:.2f}, plain {rise['plain']:.2f} x the "
        f"weights; of the whole process: zoo {peak['zoo']:.2f}, plain {peak['plain']:.2f}"
    )
    figure = f"{rise['zoo']:.2f} x the weights; {ratio:.2f} x the plain export"
    met = _MEMORY.holds(rise["zoo"]) and _TIME.holds(ratio)
    return Row("export", figure, bound, met, detail)
