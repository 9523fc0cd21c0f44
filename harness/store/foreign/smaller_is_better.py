"""Records as `customSmallerIsBetter` of github-action-benchmark: a list of named numbers.

Source: benchmark-action/github-action-benchmark, README, section 'tool' of its inputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from harness.core.errors import UsageError
from harness.core.metric import METRICS, Better
from harness.core.record import Record, Value

DEFAULT_METRICS: Final = ("latency_quiet", "latency_p50", "peak_rss", "energy_per_item")


def entries(records: Iterable[Record], metrics: Sequence[str] = ()) -> list[dict[str, Any]]:
    """List every value that there is, in SI units without a prefix; the control case is left out.

    Args:
        records: In the order of the list.
        metrics: Names; `DEFAULT_METRICS` where empty.

    Raises:
        UsageError: larger values of a metric are better, or neither.
    """
    names = tuple(metrics) or DEFAULT_METRICS
    for name in names:
        if METRICS[name].better is not Better.LOWER:
            raise UsageError(f"{name}: smaller is not better; this format has no place for it")
    return list(_entries(records, names))


def _entries(records: Iterable[Record], names: Sequence[str]) -> Iterator[dict[str, Any]]:
    for record in records:
        for name in names:
            value = record.values[name]
            if value.value is not None and not record.case.replica:
                yield {
                    "name": f"{record.case.slug} {name}",
                    "unit": METRICS[name].unit,
                    "value": value.value,
                    **_range(value),
                    "extra": _extra(record, value),
                }


def _range(value: Value) -> dict[str, str]:
    if value.low is None or value.high is None:
        return {}
    return {"range": f"{value.low!r} to {value.high!r}"}


def _extra(record: Record, value: Value) -> str:
    count = record.parameter_count
    parts = (
        "" if count is None else f"{count} parameters",
        f"{value.n_trials} trials",
        f"{value.n_samples} samples",
        "" if value.low is None else "range is the 95 % interval",
        value.note,
    )
    return ", ".join(part for part in parts if part)
