"""What quality costs: a score against a cost, and the networks that no other beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from harness.core.choice import Contender, Front
from harness.core.quality import MEASURES
from harness.report.axis import log_axis
from harness.report.charts.cost import metric_title
from harness.report.charts.figure import Figure, Specification, log_channel, only
from harness.report.charts.front import front_layers, front_rows, said
from harness.report.charts.panels import columns_of, one_panel, side_by_side
from harness.report.charts.quality import (
    LEAST_WRONG,
    capital,
    score_title,
    wrong,
    wrong_title,
)
from harness.report.colours import COLOURS, SHAPES
from harness.report.format import plain_text
from harness.report.order import family_place

_WIDTH: Final = 300
_HEIGHT: Final = 240
"""In CSS pixels, without axes."""
_MOST_SAID: Final = 8
_WRONG: Final = f"100 * max(1 - datum.y, {LEAST_WRONG})"
"""As `wrong` has it."""


def cost_quality_figure(fronts: Sequence[tuple[str, Front]]) -> Figure | None:
    """Draw a score against a cost, a panel a target; None where no case has both.

    Args:
        fronts: Each with the title of its panel; all of the same cost and score, in that order.
    """
    drawn = [(title, front) for title, front in fronts if front.members]
    if not drawn:
        return None
    cost, score = metrics = drawn[0][1].metrics
    everyone = [one for _, front in drawn for one in (*front.members, *front.dominated)]
    costs = log_axis((one.values[0] for one in everyone), MEASURES[cost].unit, decades=3)
    scores = log_axis((wrong(one.values[1]) for one in everyone), "", decades=3)
    series = sorted({_series(one) for one in everyone}, key=_place)
    columns = columns_of(len(drawn))
    x = log_channel("x", costs, f"{metric_title(cost)} (less is better)")
    said_once = [wrong_title(score) if n % columns == 0 else None for n in range(len(drawn))]
    panels = [
        one_panel(
            title,
            [*only(panel=title), {"calculate": _WRONG, "as": "wrong"}],
            _coloured(front_layers(x, log_channel("wrong", scores, axis), series, metrics), series),
            size=(_WIDTH, _HEIGHT),
        )
        for (title, _), axis in zip(drawn, said_once, strict=True)
    ]
    members = [one for _, front in drawn for one in front.members]
    return Figure(
        name=f"quality-{cost}",
        title=f"{capital(score_title(score))} against {metric_title(cost)}",
        caption="line and large points: networks that no other beats in both; small: the others",
        summary="; ".join(said(one, metrics) for one in members[:_MOST_SAID]),
        specification=side_by_side(panels, columns=columns),
        rows=tuple(row for title, front in drawn for row in front_rows(title, front, _series)),
    )


def _coloured(layers: Sequence[Specification], series: Sequence[str]) -> list[Specification]:
    """Give every family a colour and every variant a shape, in place of one of each a line."""
    named = [(family, variant) for family, _, variant in (one.partition(", ") for one in series)]
    families = list(dict.fromkeys(family for family, _ in named))
    variants = list(dict.fromkeys(["", *(variant for _, variant in named)]))
    pairs = [(families.index(family), variants.index(variant)) for family, variant in named]
    ranges = {
        "color": [COLOURS[family % len(COLOURS)] for family, _ in pairs],
        "shape": [SHAPES[variant % len(SHAPES)] for _, variant in pairs],
    }
    made = []
    for layer in layers:
        encoding = dict(layer["encoding"])
        for channel, values in ranges.items():
            if channel in encoding:
                scale = {"domain": list(series), "range": values}
                encoding[channel] = {**encoding[channel], "scale": scale}
        made.append({**layer, "encoding": encoding})
    return made


def _series(one: Contender) -> str:
    spec = one.case.model
    return plain_text(", ".join(filter(None, (spec.family, spec.variant))))


def _place(series: str) -> tuple[object, ...]:
    family, _, variant = series.partition(", ")
    return family_place(family), variant
