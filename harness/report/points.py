"""What a chart draws: one point for each value that there is, and a gap for each that is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from harness.core.metric import METRICS, Metric
from harness.core.record import Record
from harness.report.columns import options
from harness.report.format import count, estimate, plain_text
from harness.report.order import family_place, in_order

BACKENDS: Final = (
    "eager",
    "torchscript",
    "onnxruntime",
    "tensorrt",
    "onnxruntime-trt",
    "tensorrt-rtx",
    "fake",
)
"""Drawn in this order, so that a colour means the same backend in every chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value of one metric, and where it stands."""

    family: str
    series: str
    """Which line: the backend, and what else differs between the cases."""
    segment: int
    """Points of one series are joined only within a segment: a missing value starts a new one."""
    parameter_count: int
    value: float
    """In the metric's unit, as its ends."""
    low: float | None
    high: float | None
    case_id: str
    name: str
    text: str
    """The value with its interval, as the tables show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """The points of one metric over all families."""

    metric: Metric
    families: tuple[str, ...]
    """Every family that was asked for, also where nothing of it was measured."""
    series: tuple[str, ...]
    """In the order of the legend."""
    points: tuple[Point, ...]
    missing: int
    """Cases without a value."""
    batch_sizes: tuple[int, ...]
    """Of all cases, in rising order."""


@dataclass(frozen=True, slots=True, order=True)
class _Line:
    """What the points of one line have in common, in the order of panels and legend."""

    family_place: tuple[int, str]
    family: str
    place: int
    backend: str
    series: str


def plot(records: Iterable[Record], metric: str) -> Plot | None:
    """Collect the points of a metric from the cases of its scenarios; None where there are none.

    The control case is left out: it lies on its twin; and so is a network whose parameters nobody
    counted. A value that cannot stand on a log axis counts as missing.
    """
    asked = [record for record in in_order(records) if _has_a_place(record, METRICS[metric])]
    if not asked:
        return None
    pairs = sorted(zip(_lines(asked), asked, strict=True), key=lambda pair: pair[0])
    lines = groupby(pairs, key=lambda pair: pair[0])
    points = tuple(p for line, found in lines for p in _points(line, found, metric))
    legend = sorted({(line.place, line.backend, line.series) for line, _ in pairs})
    return Plot(
        metric=METRICS[metric],
        families=tuple(dict.fromkeys(line.family for line, _ in pairs)),
        series=tuple(series for _, _, series in legend),
        points=points,
        missing=len(asked) - len(points),
        batch_sizes=tuple(sorted({record.case.batch_size for record in asked})),
    )


def _has_a_place(record: Record, metric: Metric) -> bool:
    is_measured = record.case.scenario in metric.scenarios
    return is_measured and not record.case.replica and record.parameter_count is not None


def _points(line: _Line, pairs: Iterable[tuple[_Line, Record]], metric: str) -> Iterator[Point]:
    """Make the points of one line, from its smallest network to its largest."""
    segment = 0
    for _, record in pairs:
        value, parameters = record.values[metric], record.parameter_count or 0
        if value.value is None or value.value <= 0 or parameters <= 0:
            segment += 1
            continue
        yield Point(
            family=line.family,
            series=line.series,
            segment=segment,
            parameter_count=parameters,
            value=value.value,
            low=_above_zero(value.low),
            high=_above_zero(value.high),
            case_id=record.case.id,
            name=f"{plain_text(record.case.slug)}, {count(parameters)} parameters",
            text=estimate(value, with_interval=True),
        )


def _above_zero(end: float | None) -> float | None:
    """Leave out an end that cannot stand on a log axis."""
    return end if end is not None and end > 0 else None


def _lines(records: Sequence[Record]) -> list[_Line]:
    """Give each record its line: its backend, and every condition in which the cases differ."""
    conditions = [_conditions(record) for record in records]
    varying = [len(set(column)) > 1 for column in zip(*conditions, strict=True)]
    lines = []
    for record, found in zip(records, conditions, strict=True):
        backend = plain_text(record.case.target.backend)
        differing = (text for text, varies in zip(found, varying, strict=True) if varies and text)
        lines.append(
            _Line(
                family_place=family_place(record.case.model.family),
                family=plain_text(record.case.model.family),
                place=BACKENDS.index(backend) if backend in BACKENDS else len(BACKENDS),
                backend=backend,
                series=", ".join([backend, *differing]),
            )
        )
    return lines


def _conditions(record: Record) -> tuple[str, ...]:
    """Describe all but network size and backend; no text for a plain network or no options."""
    target = record.case.target
    return (
        plain_text(target.device),
        str(target.precision),
        f"threads {target.threads}",
        f"processes {record.case.processes}",
        f"{record.case.rate:g}/s" if record.case.rate else "",
        f"bound {record.case.bound:g} s" if record.case.bound else "",
        f"batch {record.case.batch_size}",
        options(record) if target.options else "",
        plain_text(record.case.model.variant),
    )
