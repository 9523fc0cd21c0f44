"""Every record as the page's table takes it: column by column, each text said once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from harness.core.metric import METRICS
from harness.core.record import Record, Value
from harness.core.trial import Status
from harness.report.columns import Column, metric_column, network, options, status
from harness.report.format import DASH, count, plain_text
from harness.report.order import measured_first

_DIGITS: Final = 6
"""Significant digits of numbers on the page; `show --csv` has all of them."""

_FACETS: Final = ("machine", "family", "backend", "device", "precision", "scenario", "outcome")
"""Columns by whose values the table can be filtered."""

_WITH_INTERVAL: Final = ("latency_quiet", "throughput_quiet")
_HEADINGS: Final = {
    "latency_quiet": "latency, quiet",
    "latency_p50": "p50",
    "latency_p90": "p90",
    "latency_p99": "p99",
    "throughput_quiet": "throughput, quiet",
    "quiet_share": "quiet share",
    "peak_rss": "peak RSS",
    "weights_rss": "weights RSS",
    "energy_per_item": "energy per item",
    "prepare_time": "prepare",
}
"""Metrics of the table, in its order; a metric without any value has no column."""

_TEXTS: Final[Mapping[str, Callable[[Record], str]]] = {
    "family": lambda record: plain_text(record.case.model.family),
    "backend": lambda record: plain_text(record.case.target.backend),
    "device": lambda record: plain_text(record.case.target.device),
    "precision": lambda record: str(record.case.target.precision),
    "scenario": lambda record: str(record.case.scenario),
    "options": options,
    "outcome": lambda record: str(record.outcome.status),
}
_COUNTS: Final[Mapping[str, Callable[[Record], int | None]]] = {
    "parameters": lambda record: record.parameter_count,
    "threads": lambda record: record.case.target.threads,
    "batch": lambda record: record.case.batch_size,
}


def table_of(machines: Sequence[tuple[str, Sequence[Record]]]) -> dict[str, Any]:
    """Describe all records for the page.

    Args:
        machines: Names, and the records of each in any order.

    Returns:
        `columns`, each with a heading and either `texts` and `codes` (one a record), or `numbers`
        with `texts`; `shared`, what all records have in common; `count`, how many there are; `ids`.
    """
    found = [(name, record) for name, group in machines for record in measured_first(group)]
    records = [record for _, record in found]
    columns = [_coded("case", [network(record) for record in records])]
    if len(machines) > 1:
        columns.append(_coded("machine", [name for name, _ in found]))
    columns += [_coded(name, [text(r) for r in records]) for name, text in _TEXTS.items()]
    columns[1:1] = [
        _counted(name, [number(r) for r in records]) for name, number in _COUNTS.items()
    ]
    columns += [
        _measured(name, heading, records)
        for name, heading in _HEADINGS.items()
        if any(record.values[name].value is not None for record in records)
    ]
    columns.append(_coded("why not", [_why(record) for record in records]))
    return {
        "columns": [one for one in columns if _differs(one)],
        "shared": _shared(columns),
        "count": len(records),
        "ids": [record.case.id for record in records],
    }


def _coded(heading: str, texts: Sequence[str]) -> dict[str, Any]:
    """Say each text once, and of each record which it has."""
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return {
        "heading": heading,
        "texts": list(places),
        "codes": [places[text] for text in texts],
        "facet": heading in _FACETS and len(places) > 1,
    }


def _counted(heading: str, numbers: Sequence[int | None]) -> dict[str, Any]:
    column = _coded(heading, [DASH if n is None else count(n) for n in numbers])
    return {**column, "numbers": list(numbers)}


def _measured(name: str, heading: str, records: Sequence[Record]) -> dict[str, Any]:
    column = metric_column(name, heading, with_interval=name in _WITH_INTERVAL)
    values = [record.values[name] for record in records]
    return {
        "heading": heading,
        "metric": name,
        "unit": METRICS[name].unit,
        "texts": [
            _cell(column, record, value) for record, value in zip(records, values, strict=True)
        ],
        "numbers": [_rounded(value.value) for value in values],
        "low": [_rounded(value.low) for value in values],
        "high": [_rounded(value.high) for value in values],
    }


def _cell(column: Column, record: Record, value: Value) -> str:
    """Write a number, or the code of why there is none; nothing where it was not to be measured."""
    if record.outcome.status is not Status.COMPLETED or value.value is None:
        return "" if value.reason is None else _code(value)
    return column.cell(record)


def _code(value: Value) -> str:
    """Return why a number is missing, as a code; empty where the scenario does not measure it."""
    assert value.reason is not None  # noqa: S101 - a null has a reason: `Value` sees to it
    code = str(value.reason.code)
    return "" if code in {"not_in_scenario", "case_not_measured"} else code


def _why(record: Record) -> str:
    return "" if record.outcome.reason is None else status(record).partition(": ")[2]


def _rounded(number: float | None) -> float | None:
    """Keep six digits of a number; nothing of one that is not finite.

    >>> _rounded(0.00123456789), _rounded(None), _rounded(float("inf"))
    (0.00123457, None, None)
    """
    if number is None or not math.isfinite(number):
        return None
    return float(f"{number:.{_DIGITS}g}")


def _differs(column: Mapping[str, Any]) -> bool:
    """Whether a column is more than the same text in every row."""
    always = column["heading"] == "case" or "metric" in column
    return always or len(set(column["texts"])) > 1


def _shared(columns: Sequence[Mapping[str, Any]]) -> str:
    """Name what every record has in common, for example `threads 1, precision fp32`."""
    return ", ".join(
        f"{column['heading']} {column['texts'][0]}"
        for column in columns
        if not _differs(column) and set(column["texts"]) - {"", "none"}
    )
