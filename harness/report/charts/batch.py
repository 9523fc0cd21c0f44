"""Throughput against batch size, for networks measured at more than one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from harness.core.case import Scenario
from harness.core.record import Record
from harness.report.axis import log_axis
from harness.report.charts.figure import (
    Figure,
    Specification,
    by_series,
    log_channel,
    only,
    tooltip,
)
from harness.report.charts.panels import (
    backends_in_order,
    columns_of,
    line_with_intervals,
    one_panel,
    side_by_side,
)
from harness.report.columns import network
from harness.report.format import estimate, plain_text, quantity
from harness.report.order import in_order

_METRIC: Final = "throughput_quiet"


def batch_figure(records: Iterable[Record]) -> Figure | None:
    """Draw items per second in the quiet state; None where every network has one batch size."""
    found = _with_batches(records)
    if not found:
        return None
    families = tuple(dict.fromkeys(plain_text(record.case.model.family) for record in found))
    best = max(found, key=_rate)
    return Figure(
        name="throughput",
        title="Throughput against batch size",
        caption="bars: 95 % interval over trials; one line a network",
        summary=f"the most is {quantity(_rate(best), '1/s')}, {plain_text(best.case.slug)}.",
        specification=_specification(found, families),
        rows=tuple(map(_row, found)),
    )


def _with_batches(records: Iterable[Record]) -> list[Record]:
    """Keep what was measured at two batch sizes or more."""
    groups: defaultdict[tuple[object, ...], list[Record]] = defaultdict(list)
    for record in in_order(records):
        case = record.case
        is_offline = case.scenario is Scenario.OFFLINE and not case.replica and case.processes == 1
        if is_offline and record.values[_METRIC].value:
            groups[case.model, case.target].append(record)
    return [record for group in groups.values() if len(group) > 1 for record in group]


def _rate(record: Record) -> float:
    return record.values[_METRIC].value or 0.0


def _row(record: Record) -> dict[str, object]:
    case, value = record.case, record.values[_METRIC]
    return {
        "family": plain_text(case.model.family),
        "series": plain_text(case.target.backend),
        "line": f"{network(record)} {plain_text(str(case.target))}",
        "batch_size": case.batch_size,
        "value": value.value,
        "low": value.low or value.value,
        "high": value.high or value.value,
        "name": plain_text(case.slug),
        "text": estimate(value, with_interval=True),
    }


def _specification(records: Sequence[Record], families: Sequence[str]) -> Specification:
    series = backends_in_order(plain_text(record.case.target.backend) for record in records)
    sizes = log_axis((float(record.case.batch_size) for record in records), "", decades=4)
    rates = log_axis(map(_rate, records), "1/s", decades=3)
    columns = columns_of(len(families))
    shown = tooltip(name="case", text="throughput")
    panels = []
    for place, family in enumerate(families):
        is_left = place % columns == 0
        x = log_channel("batch_size", sizes, "items in a batch")
        y = log_channel("value", rates, "items per second" if is_left else None, labels=is_left)
        at = {"x": x, "color": by_series(series), "detail": {"field": "line"}}
        layers = line_with_intervals(at, y, series, shown)
        panels.append(one_panel(family, only(family=family), layers))
    return side_by_side(panels)
