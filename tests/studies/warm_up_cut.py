"""Made-up warm-ups: what is left of them after the cut, and what is cut where there is none."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import signal  # type: ignore[import-untyped]  # scipy ships no types

from harness.statistics.warmup import mser5
from tests.bench.row import Row, Setting

_SAMPLES: Final = 300
_SPREAD: Final = 0.02
_DEPENDENCE: Final = 0.3
_BIAS: Final = 0.002
_SEED: Final = 20261125

_TIME: Final = np.arange(_SAMPLES)
_SHAPES: Final = {
    "flat": np.zeros(_SAMPLES),
    "step, 50 % slower for 30 samples": np.where(_TIME < 30, np.log(1.5), 0.0),
    "step, 10 % slower for 30 samples": np.where(_TIME < 30, np.log(1.1), 0.0),
    "exponential from 50 %, over 20 samples": np.log1p(0.5 * np.exp(-_TIME / 20)),
    "exponential from 10 %, over 20 samples": np.log1p(0.1 * np.exp(-_TIME / 20)),
}
"""Log latency above its steady level, by sample."""


def measure(setting: Setting) -> Row:
    """Cut many series of each shape; the bias is the mean error of the median that is left."""
    rng = np.random.default_rng(_SEED)
    repeats = setting.times(2000)
    biases, lines, flat_cut = [], [], 0.0
    for name, shape in _SHAPES.items():
        cuts, errors = _errors(rng, shape, repeats)
        middle = float(np.median(cuts))
        if name == "flat":
            flat_cut = middle
        else:
            biases.append(abs(float(errors.mean())))
        low, high = np.quantile(cuts, [0.05, 0.95])
        lines.append(
            f"{name}: cut {middle:g} [{low:g}, {high:g}], bias {errors.mean():+.3%}, "
            f"standard deviation {errors.std():.3%}, {repeats} series"
        )
    return Row(
        name="warm_up_cut",
        figure=f"bias {max(biases):.3%} at most; median cut {flat_cut:g} on flat",
        bound=f"at most {_BIAS:.1%}; 0",
        met=max(biases) <= _BIAS and flat_cut == 0,
        detail="\n".join(lines),
    )


def _errors(
    rng: np.random.Generator, shape: NDArray[np.float64], repeats: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the cut of each series, and the relative error of the median of what is left."""
    scale = np.sqrt(1 - _DEPENDENCE**2)
    shocks = rng.normal(0, scale, (repeats, _SAMPLES))
    shocks[:, 0] /= scale
    logs = shape + _SPREAD * signal.lfilter([1], [1, -_DEPENDENCE], shocks, axis=1)
    cuts = np.array([mser5(np.exp(series)).cut for series in logs])
    pairs = zip(logs, cuts, strict=True)
    return cuts, np.expm1([np.median(series[cut:]) for series, cut in pairs])
