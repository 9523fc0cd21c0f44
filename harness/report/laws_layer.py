"""A law as layers of a chart: its line and its interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from harness.analyse.scaling.curve import curve_at
from harness.analyse.scaling.points import cost_of
from harness.core.scaling import Estimate, Law

if TYPE_CHECKING:
    import altair as alt

_STEPS: Final = 60
_OPACITY: Final = 0.15
_DASHED: Final = (5, 4)


def law_rows(law: Law, series: str) -> list[dict[str, Any]]:
    """Sample a law's curve over its sizes: `series`, `parameter_count`, `value`, `low`, `high`.

    `holds` says whether the law does. A throughput is drawn as the metric itself, items per second.
    Empty where there is no curve.
    """
    if law.curve is None:
        return []
    first, last = law.points[0].size, law.points[-1].size
    sizes = np.exp(np.linspace(math.log(first), math.log(last), _STEPS))
    return [
        {
            "series": series,
            "parameter_count": float(size),
            "holds": law.holds,
            **_height(law, curve_at(law.curve, float(size))),
        }
        for size in sizes
    ]


def law_layers(
    rows: list[dict[str, Any]], x: dict[str, Any], y: dict[str, Any]
) -> tuple[alt.Chart, ...]:
    """Draw band and line of sampled laws; a law that does not hold is dashed.

    Colours come from the chart that they are laid into, by the field `series`.

    Args:
        rows: See `law_rows`; of several laws, one after the other.
        x: Scale, axis and title of the parameter count, as `harness.report.panel` has them.
        y: The same of the cost.
    """
    import altair as alt

    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("parameter_count:Q", **x), color=alt.Color("series:N")
    )
    band = base.mark_area(opacity=_OPACITY).encode(y=alt.Y("low:Q", **y), y2="high:Q")
    line = base.mark_line(strokeWidth=1.5).encode(
        y=alt.Y("value:Q", **y),
        strokeDash=alt.condition("datum.holds", alt.value([1, 0]), alt.value(list(_DASHED))),
    )
    return band, line


def _height(law: Law, cost: Estimate) -> dict[str, float]:
    metric = law.subject.metric if law.subject else None
    ends = [cost.value if end is None else end for end in (cost.low, cost.high)]
    if metric is None:
        return {"value": cost.value, "low": ends[0], "high": ends[1]}
    low, high = sorted(cost_of(end, metric) for end in ends)
    return {"value": cost_of(cost.value, metric), "low": low, "high": high}
