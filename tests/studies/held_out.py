"""The reference run of the standard plan: how well its laws predict what they have not seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from harness.analyse.records import records
from harness.analyse.scaling import laws
from harness.analyse.scaling.verdict import LARGEST_MISS
from harness.core.run import Run
from harness.core.scaling import Law
from harness.report.laws import law_name
from harness.store.read import find_runs, read_run
from tests.bench.numbers import percent
from tests.bench.row import Row, Setting

_RESULTS: Final = Path(__file__).parents[2] / "results"
_STANDARD: Final = 24
"""Families times CPU backends: fewer laws are another plan's."""
_LATENCY: Final = "latency_quiet"
_METRICS: Final = (_LATENCY, "throughput_quiet", "peak_rss", "weights_rss", "artifact_bytes")
_LEAST_SHARE: Final = 0.75


def measure(setting: Setting) -> Row:
    """Fit every law of the reference run without its largest size, and predict that."""
    del setting
    run = standard()
    if run is None:
        detail = f"no run of the standard plan under {_RESULTS.name}/"
        return Row("held_out", "not measured", _bound(), met=False, detail=detail)
    fitted = laws(records(run), _METRICS)
    latency = [law for law in fitted if _metric(law) == _LATENCY]
    held = [law for law in latency if law.holds]
    worst = max((_miss(law) for law in fitted if law.holds), default=math.inf)
    share = len(held) / len(latency)
    lines = [_summary([law for law in fitted if _metric(law) == name], name) for name in _METRICS]
    lines += [_line(law) for law in latency]
    return Row(
        name="held_out",
        figure=f"worst of those that hold {percent(worst)}; "
        f"{len(held)} of {len(latency)} latency laws hold ({percent(share)})",
        bound=_bound(),
        met=worst <= LARGEST_MISS and share >= _LEAST_SHARE,
        detail="\n".join([f"run {Path(run.path).name}", *lines]),
    )


def standard() -> Run | None:
    """Return the newest reference run that has all the laws of the standard plan."""
    found = []
    for path in find_runs([_RESULTS]):
        run = read_run(path)
        single = {
            (case.model.family, case.target.backend)
            for case in run.header.cases
            if case.id not in run.header.skipped and not case.target.is_cuda
        }
        if len(single) >= _STANDARD:
            found.append(run)
    return max(found, key=lambda run: run.header.started_at, default=None)


def _bound() -> str:
    return f"within {LARGEST_MISS:.0%} where a law holds; at least {_LEAST_SHARE:.0%} hold"


def _metric(law: Law) -> str:
    return law.subject.metric if law.subject else ""


def _miss(law: Law) -> float:
    return math.inf if law.held_out is None else abs(law.held_out.miss)


def _summary(found: Sequence[Law], name: str) -> str:
    """Count laws of a metric, and those that only the held-out size speaks against."""
    holding = [law for law in found if law.holds]
    worst = max(map(_miss, holding), default=None)
    missed = sum(len(law.reasons) == 1 and _miss(law) > LARGEST_MISS for law in found)
    return (
        f"{name}: {len(holding)} of {len(found)} hold, worst of them {percent(worst)}; "
        f"{missed} others fail by the held-out size alone"
    )


def _line(law: Law) -> str:
    if law.held_out is None:
        return f"{law_name(law)}: {'; '.join(law.reasons)}"
    residual = law.goodness.residual_spread if law.goodness else math.nan
    return (
        f"{law_name(law)}: {law.held_out.miss:+.1%} over {law.held_out.decades:.1f} decades, "
        f"residuals {residual:.1%}, {'holds' if law.holds else 'does not hold'}"
    )
