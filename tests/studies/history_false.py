"""Series in which nothing changes: in how many of them history reports a change."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

from harness.analyse.history.changes import FLOOR
from harness.analyse.history.step import ALERT, WATCH, Sensitivity, find_steps
from tests.bench.row import Row, Setting
from tests.studies.series import MODELS, Model, series

_POINTS: Final = 100
_SHORTER: Final = (12, 30, 50)
_SERIES: Final = 3_000
_BOUND: Final = 0.01
_SEED: Final = 20_261_122


def measure(setting: Setting) -> Row:
    """Report the model with most false reports; those with --watch and short series beside."""
    count = setting.times(_SERIES, least=20)
    found = {model.name: _reports(model, _POINTS, count, ALERT) for model in MODELS}
    worst = max(found.values()) / count
    lines = [
        f"{name}: {reports} of {count} series of {_POINTS} points, at most "
        f"{_upper(reports, count):.2%} by the exact 95 % bound"
        for name, reports in found.items()
    ]
    lines += [_line("with --watch", _POINTS, count, WATCH)]
    lines += [_line(f"{points} points", points, count, ALERT) for points in _SHORTER]
    return Row(
        name="history_false",
        figure=f"{worst:.2%} in the worst of five models",
        bound=f"at most {_BOUND:.0%}",
        met=worst <= _BOUND,
        detail="\n".join(lines),
    )


def _line(what: str, points: int, count: int, sensitivity: Sensitivity) -> str:
    """Say what is not judged: the models in their order."""
    shares = [_reports(model, points, count, sensitivity) / count for model in MODELS]
    return f"{what}: {', '.join(f'{share:.2%}' for share in shares)} (models in this order)"


def _reports(model: Model, points: int, count: int, sensitivity: Sensitivity) -> int:
    rng = np.random.default_rng([_SEED, MODELS.index(model), points])
    return sum(
        bool(find_steps(series(rng, model, points), sensitivity, FLOOR)) for _ in range(count)
    )


def _upper(found: int, count: int) -> float:
    """Return the upper end of the exact two-sided 95 % interval of a share."""
    return float(stats.binomtest(found, count).proportion_ci(0.95, method="exact").high)
