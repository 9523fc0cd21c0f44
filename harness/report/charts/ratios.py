"""Two machines: their ratio against parameter count, a panel a family."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.analyse.across import Line, Paired
from harness.report.axis import log_axis
from harness.report.charts.cost import metric_title
from harness.report.charts.figure import (
    Figure,
    Specification,
    by_series,
    log_channel,
    only,
    tooltip,
)
from harness.report.charts.panels import columns_of, line_with_intervals, one_panel, side_by_side
from harness.report.colours import INK
from harness.report.format import count, plain_text
from harness.report.order import family_place
from harness.report.ratio import ratio_text
from harness.report.targets import target_name


def ratio_figure(lines: Sequence[Line], names: tuple[str, str], key: str) -> Figure | None:
    """Draw the second machine over the first; None without any ratio.

    Args:
        lines: Of one metric.
        names: Of the machines.
        key: Ends the figure's name.
    """
    if not lines:
        return None
    metric = metric_title(lines[0].metric)
    families = sorted({line.family for line in lines}, key=family_place)
    return Figure(
        name=f"machines-{key}",
        title=f"{metric[0].upper()}{metric[1:]}: {names[1]} over {names[0]}",
        caption=f"above 1 it is larger on {names[1]}; bars: 95 % interval",
        summary="; ".join(_said(line) for line in lines),
        specification=_specification(lines, families),
        rows=tuple(_rows(lines)),
    )


def _said(line: Line) -> str:
    ratios = [pair.ratio.value for pair in line.pairs if pair.ratio]
    return f"{_name(line)} {min(ratios):.3g} to {max(ratios):.3g} times"


def _name(line: Line) -> str:
    return f"{plain_text(line.family)} on {_series(line)}"


def _series(line: Line) -> str:
    batch = f", batch {line.batch_size}" if line.batch_size > 1 else ""
    return f"{target_name(line.target)}{batch}"


def _rows(lines: Sequence[Line]) -> Iterator[dict[str, object]]:
    for line in lines:
        for pair in line.pairs:
            yield _row(line, pair)


def _row(line: Line, pair: Paired) -> dict[str, object]:
    ratio = pair.ratio
    assert ratio is not None  # noqa: S101 - `lines` leaves the others out
    return {
        "family": plain_text(line.family),
        "series": _series(line),
        "parameter_count": pair.parameter_count,
        "ratio": ratio.value,
        "low": ratio.low or ratio.value,
        "high": ratio.high or ratio.value,
        "name": f"{plain_text(pair.comparison.case.slug)}, {count(pair.parameter_count)}",
        "text": ratio_text(ratio),
    }


def _specification(lines: Sequence[Line], families: Sequence[str]) -> Specification:
    rows = list(_rows(lines))
    ends = [float(str(row[name])) for row in rows for name in ("ratio", "low", "high")]
    series = sorted({str(row["series"]) for row in rows})
    sizes = log_axis((float(str(row["parameter_count"])) for row in rows), "", decades=2)
    ratios = log_axis([*ends, 1.0], "", decades=3)
    columns = columns_of(len(families))
    panels = []
    for place, family in enumerate(families):
        is_left = place % columns == 0
        x = log_channel("parameter_count", sizes, "parameters")
        y = log_channel("ratio", ratios, "ratio" if is_left else None, labels=is_left)
        shown = plain_text(family)
        panels.append(one_panel(shown, only(family=shown), _layers(x, y, series)))
    return side_by_side(panels)


def _without_field(channel: Specification) -> Specification:
    return {name: part for name, part in channel.items() if name != "field"}


def _layers(x: Specification, y: Specification, series: Sequence[str]) -> list[Specification]:
    at = {"x": x, "color": by_series(series)}
    rule = {"type": "rule", "color": INK, "strokeDash": [4, 3]}
    return [
        {"mark": rule, "encoding": {"y": {**_without_field(y), "datum": 1}}},
        *line_with_intervals(at, y, series, tooltip(name="case", text="ratio")),
    ]
