"""From records to the points of each law."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from harness.core.metric import METRICS, Better
from harness.core.record import Record, Value
from harness.core.scaling import SizePoint, Subject
from harness.statistics.student import student_t_quantile

USUAL: Final = (
    "latency_quiet",
    "throughput_quiet",
    "peak_rss",
    "weights_rss",
    "energy_per_item",
    "prepare_time",
    "artifact_bytes",
)
"""Metrics that have laws where no others are asked for."""

PER_ITEM: Final = "s"
"""Unit of a throughput's cost: time per item, which grows with the network."""
_CONFIDENCE: Final = 0.95


def curves_of(
    records: Sequence[Record], metrics: Sequence[str] = ()
) -> Iterator[tuple[Subject, list[SizePoint]]]:
    """Give the points of each law that has any; control cases and presets are left out.

    Presets are other networks than those solved for a size, even of the same family. A network
    whose size is not known has no place on the axis.
    """
    for metric in metrics or USUAL:
        found: dict[Subject, list[SizePoint]] = defaultdict(list)
        for record in records:
            point = _point(record, metric)
            if point is not None:
                found[subject_of(record, metric)].append(point)
        yield from found.items()


def subject_of(record: Record, metric: str) -> Subject:
    """Name the law that a record belongs to."""
    case = record.case
    return Subject(
        family=case.model.family,
        variant=case.model.variant,
        target=case.target,
        scenario=case.scenario,
        batch_size=case.batch_size,
        metric=metric,
        unit=PER_ITEM if is_rate(metric) else METRICS[metric].unit,
    )


def is_rate(metric: str) -> bool:
    """Whether the law is about one over the metric: what is better higher costs less."""
    return METRICS[metric].better is Better.HIGHER


def cost_of(value: float, metric: str) -> float:
    """Turn a metric's value into a cost, or a cost into the metric's value."""
    return 1 / value if is_rate(metric) else value


def standard_error(value: Value) -> float | None:
    """Return the relative standard error over trials; None where there is no interval.

    An interval over n trials is Student's with n - 1 degrees of freedom.
    """
    if value.value is None or value.low is None or value.high is None or value.value <= 0:
        return None
    quantile = student_t_quantile((1 + _CONFIDENCE) / 2, max(value.n_trials - 1, 1))
    half = (value.high - value.low) / 2 / value.value
    return half / quantile if math.isfinite(half) else None


def _point(record: Record, metric: str) -> SizePoint | None:
    value = record.values.get(metric)
    case = record.case
    if case.processes > 1 or case.rate:
        return None  # a law is of one process, and of nothing that was given
    if record.case.replica or record.case.model.preset or not record.parameter_count:
        return None
    if value is None or value.value is None or not 0 < value.value < math.inf:
        return None
    return SizePoint(
        size=float(record.parameter_count),
        cost=cost_of(value.value, metric),
        spread=standard_error(value),
        case=record.case,
    )
