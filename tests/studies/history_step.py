"""Series with one lasting step: how often history finds it, and where, and how large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.analyse.history.changes import FLOOR
from harness.analyse.history.step import ALERT, WATCH, Sensitivity, Step, find_steps
from tests.bench.row import Row, Setting
from tests.studies.series import MODELS, series, with_step

_POINTS: Final = 100
_SERIES: Final = 2_000
_NEAR: Final = 3
_BOUND: Final = 0.80
_SEED: Final = 20_261_123
_JUDGED: Final = (0.03, 6)
_BESIDE: Final = ((0.03, 3), (0.03, 12), (0.02, 6), (0.02, 12), (0.02, 20))
"""Relative step, and points after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Shares of series; the last two of those in which it was found."""

    found: float
    located: float
    """The interval of runs holds the step."""
    sized: float
    """The interval of the ratio holds it."""


def measure(setting: Setting) -> Row:
    """Find a 3 % step at 1 % spread with six points after it; other steps beside."""
    count = setting.times(_SERIES, least=20)
    judged = _share(*_JUDGED, count, ALERT)
    lines = [_line(*case, count, ALERT) for case in (_JUDGED, *_BESIDE)]
    lines += [f"with --watch: {_line(*case, count, WATCH)}" for case in (_JUDGED, *_BESIDE)]
    return Row(
        name="history_step",
        figure=f"{judged.found:.1%} found within {_NEAR} points",
        bound=f"at least {_BOUND:.0%}",
        met=judged.found >= _BOUND,
        detail="\n".join(lines),
    )


def _line(step: float, after: int, count: int, sensitivity: Sensitivity) -> str:
    shares = _share(step, after, count, sensitivity)
    return (
        f"{step:.0%} step, {after} points after it: found {shares.found:.1%} of {count}; of those "
        f"the interval of runs holds it in {shares.located:.1%}, the ratio's in {shares.sized:.1%}"
    )


def _share(step: float, after: int, count: int, sensitivity: Sensitivity) -> _Found:
    rng = np.random.default_rng([_SEED, round(step * 100), after])
    hits: list[Step] = []
    for _ in range(count):
        values = with_step(series(rng, MODELS[0], _POINTS), after, step)
        found = find_steps(values, sensitivity, FLOOR)
        near = [one for one in found if abs(one.place - (_POINTS - after)) <= _NEAR]
        hits += near[:1]
    true = float(np.log1p(step))
    return _Found(
        found=len(hits) / count,
        located=_mean([one.before < _POINTS - after <= one.after for one in hits]),
        sized=_mean([abs(one.log_after - one.log_before - true) <= one.half_width for one in hits]),
    )


def _mean(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0
