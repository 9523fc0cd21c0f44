"""What reading counters of energy costs while a window lasts, in processor time."""

from __future__ import annotations

import shutil
from typing import Final

from tests.bench.child import ask
from tests.bench.counters import counting
from tests.bench.numbers import percent
from tests.bench.row import Row, Setting, under
from tests.nvml.behaviour import Behaviour
from tests.nvml.library import ask as ask_nvml
from tests.nvml.library import build

_SECONDS: Final = 20.0
_BOUND: Final = under(0.001)


def measure(setting: Setting) -> Row:
    """Let a window of idling pass, and count the processor time of the process that reads."""
    seconds = setting.seconds(_SECONDS)
    room = setting.room("energy_sampling")
    with counting(room) as root:
        shares = {"powercap": float(ask("energy_sampling_child", root, seconds))}
    detail = f"share of one core over {seconds:g} s of idling: powercap {shares['powercap']:.4%}"
    if shutil.which("cc"):
        board = Behaviour(period_ns=100_000_000, dither_mw=500)
        (found,) = ask_nvml(build(room / "nvml"), [board], "cost", str(seconds))
        shares["nvml"] = found["share"]
        detail += (
            f"; NVML's bindings in front of a stand-in {found['share']:.4%}, "
            f"{found['readings']} readings (the driver's own time is not in it)"
        )
    else:
        detail += "; NVML's bindings not tried: no C compiler"
    worst = max(shares.values())
    return Row("energy_sampling", percent(worst), "at most 0.1 %", _BOUND.holds(worst), detail)
