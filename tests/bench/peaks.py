"""The peaks that the harness measures, beside the best of a plain loop of torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from harness.run.peaks import measure_peaks
from tests.bench.child import ask
from tests.bench.numbers import listed
from tests.bench.row import Bound, Row, Setting

_TURNS: Final = 3
_BOUND: Final = Bound(0.95, 1.05)
_GIGA: Final = 1e9
_GEMM: Final = "gemm fp32 mm"


def measure(setting: Setting) -> Row:
    """Take turns; hold the best of the harness against the best of the loop."""
    ours: list[dict[str, float]] = []
    plain: list[dict[str, Any]] = []
    for _ in range(setting.times(_TURNS)):
        found = measure_peaks("cpu", 1, {})
        bandwidth = found.bandwidth[-1].rate
        fp32 = found.gemm["fp32"]
        ours.append({"gemm": found.ways[_GEMM], "bandwidth": bandwidth, "peak": fp32})
        plain.append(ask("peaks_plain", setting.seconds(3.0)))
    ratios = {name: _best(ours, name) / _best(plain, name) for name in ("gemm", "bandwidth")}
    return Row(
        "peaks",
        ", ".join(f"{name} {ratio:.3f}" for name, ratio in ratios.items()),
        str(_BOUND),
        all(map(_BOUND.holds, ratios.values())),
        "\n".join(
            [
                f"torch.mm fp32, GFLOP/s: {_listed(ours, 'gemm')}; plain {_listed(plain, 'gemm')}",
                f"memory, GB/s: {_listed(ours, 'bandwidth')}; plain {_listed(plain, 'bandwidth')}",
                f"the roof itself is the faster library's, GFLOP/s: {_listed(ours, 'peak')}",
            ]
        ),
    )


def _listed(found: Sequence[Mapping[str, Any]], name: str) -> str:
    return listed([float(one[name]) / _GIGA for one in found], ".1f")


def _best(found: Sequence[Mapping[str, Any]], name: str) -> float:
    return max(float(one[name]) for one in found)
