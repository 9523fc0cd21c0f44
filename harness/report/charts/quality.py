"""What networks learned: against their size, and epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from harness.core.quality import Quality
from harness.report.axis import LogAxis, log_axis
from harness.report.charts.figure import (
    ROWS,
    Figure,
    Specification,
    by_series,
    log_channel,
    only,
    rounded,
    tooltip,
)
from harness.report.charts.panels import (
    columns_of,
    line_with_intervals,
    one_panel,
    side_by_side,
)
from harness.report.colours import COLOURS
from harness.report.format import count, plain_text
from harness.report.linear_axis import LinearAxis, linear_axis
from harness.report.order import family_place
from harness.report.quality_table import network_name, shown_value

_WIDTH: Final = 300
_HEIGHT: Final = 240
"""In CSS pixels, without axes."""
_MOST_SIZES: Final = len(COLOURS)
"""Lines of one panel that can be told apart."""
_LEAST_LOSS: Final = 1e-9
"""Nats; a loss that rounds to nothing still stands on a logarithmic axis."""
LEAST_WRONG: Final = 1e-3
"""Share; ends of intervals that are nearer to a full score are drawn here."""


def size_figure(found: Sequence[Quality], name: str = "accuracy") -> Figure | None:
    """Draw a score against parameter count, a line a family; None where nothing was scored.

    Args:
        found: Of one file, in any order; variants are left out.
        name: Of the score.
    """
    scored = [one for one in found if not one.network.spec.variant and _has(one, name)]
    if not scored:
        return None
    families = sorted({one.network.spec.family for one in scored}, key=family_place)
    rows = tuple(_size_row(one, name) for one in scored)
    sizes = log_axis((one.network.parameter_count for one in scored), "", decades=2)
    ends = [float(str(row[end])) for row in rows for end in ("low", "high", "value")]
    x = log_channel("parameter_count", sizes, "parameters")
    y = log_channel("value", log_axis(ends, "", decades=3), wrong_title(name))
    at = {"x": x, "color": by_series(families)}
    shown = tooltip(name="network", text=name)
    return Figure(
        name=f"quality-{name}",
        title=f"{capital(score_title(name))} against parameter count: what is missing to 100 %",
        caption="by cross-validation, less is better; bars: 95 % interval over folds",
        summary="; ".join(f"{row['name']} {row['text']}" for row in rows),
        specification={
            "data": {"name": ROWS},
            "width": 2 * _WIDTH,
            "height": _HEIGHT,
            "layer": line_with_intervals(at, y, families, shown),
        },
        rows=rows,
    )


def curves_figure(found: Sequence[Quality]) -> Figure | None:
    """Draw training and validation loss by epoch, a panel a family; None without curves.

    Of a family with more sizes than there are colours, the smallest are drawn.
    """
    drawn = [one for one in found if one.curves is not None]
    if not drawn:
        return None
    families = sorted({one.network.spec.family for one in drawn}, key=family_place)
    rows = tuple(row for one in _few(drawn, families) for row in _curve_rows(one))
    losses = log_axis((float(str(row["loss"])) for row in rows), "", decades=2)
    epochs = linear_axis(0, max(int(str(row["epoch"])) for row in rows), "")
    columns = columns_of(len(families))
    panels = [
        _curve_panel(family, rows, losses, epochs, is_left=place % columns == 0)
        for place, family in enumerate(families)
    ]
    return Figure(
        name="quality-curves",
        title="Loss by epoch",
        caption="whole lines: items held out; dashed: items learned from; mean over folds",
        summary="; ".join(f"{network_name(one)}: {_overfits(one)}" for one in drawn),
        specification={
            **side_by_side(panels, columns=columns),
            "resolve": {"scale": {"color": "independent"}, "legend": {"color": "independent"}},
        },
        rows=rows,
    )


def _has(one: Quality, name: str) -> bool:
    return one.values[name].value is not None


def capital(text: str) -> str:
    """Begin a text with a capital letter."""
    return f"{text[0].upper()}{text[1:]}"


def score_title(name: str) -> str:
    """Name a score as an axis does."""
    return {"f1": "F1, mean over classes", "recall": "recall, mean over classes"}.get(name, name)


def wrong(score: float) -> float:
    """Return what a score misses of 1, in per cent, as far as a logarithmic axis can hold it.

    >>> wrong(0.98), wrong(1.0)
    (2.0, 0.1)
    """
    return rounded(100 * max(1 - score, LEAST_WRONG))


def wrong_title(name: str) -> str:
    """Name the axis of `wrong`."""
    return f"100 % - {score_title(name)}, in %"


def _linear(field: str, axis: LinearAxis, title: str | None) -> Specification:
    """Describe a position on a linear axis."""
    scale = {"domain": [axis.low, axis.high], "nice": False, "zero": False}
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": scale,
        "axis": axis.described(),
    }


def _size_row(one: Quality, name: str) -> dict[str, object]:
    value = one.values[name]
    middle = value.value or 0.0
    return {
        "series": plain_text(one.network.spec.family),
        "parameter_count": one.network.parameter_count,
        "value": wrong(middle),
        "low": wrong(middle if value.high is None else value.high),
        "high": wrong(middle if value.low is None else value.low),
        "name": f"{network_name(one)}, {count(one.network.parameter_count)} parameters",
        "text": shown_value(value),
    }


def _few(found: Sequence[Quality], families: Sequence[str]) -> Iterator[Quality]:
    for family in families:
        of_family = [one for one in found if one.network.spec.family == family]
        of_family.sort(key=lambda one: one.network.parameter_count)
        yield from of_family[:_MOST_SIZES]


def _curve_rows(one: Quality) -> Iterator[dict[str, object]]:
    curves = one.curves
    if curves is None:
        return
    for kind, losses in (
        ("held out", curves.validation_loss),
        ("learned from", curves.training_loss),
    ):
        for epoch, loss in enumerate(losses, start=1):
            yield {
                "family": plain_text(one.network.spec.family),
                "series": network_name(one),
                "kind": kind,
                "epoch": epoch,
                "loss": rounded(max(loss, _LEAST_LOSS)),
            }


def _curve_panel(
    family: str,
    rows: Sequence[dict[str, object]],
    losses: LogAxis,
    epochs: LinearAxis,
    *,
    is_left: bool,
) -> Specification:
    name = plain_text(family)
    series = list(dict.fromkeys(str(row["series"]) for row in rows if row["family"] == name))
    scale = {"domain": series, "range": list(COLOURS[: len(series)])}
    y = log_channel("loss", losses, "cross-entropy, nats" if is_left else None, labels=is_left)
    dash = {"domain": ["held out", "learned from"], "range": [[1, 0], [4, 3]]}
    encoding = {
        "x": _linear("epoch", epochs, "epoch"),
        "y": y,
        "color": {"field": "series", "type": "nominal", "title": None, "scale": scale},
        "strokeDash": {"field": "kind", "type": "nominal", "scale": dash, "legend": None},
    }
    line = {"mark": {"type": "line", "strokeWidth": 1.6}, "encoding": encoding}
    return one_panel(name, only(family=name), [line], size=(_WIDTH, _HEIGHT))


def _overfits(one: Quality) -> str:
    after = one.overfits_after
    return "does not over-fit" if after is None else f"over-fits after epoch {after}"
