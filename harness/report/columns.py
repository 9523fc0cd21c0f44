"""What stands in a column: a heading and the text under it for one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from harness.core.case import Scenario
from harness.core.metric import METRICS
from harness.core.record import Record
from harness.core.trial import Status
from harness.report.format import DASH, count, estimate, plain_text


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and the text under it for one record."""

    heading: str
    cell: Callable[[Record], str]
    is_number: bool = False
    """Numbers are set flush right."""
    metric: str = ""
    """The metric that it shows; empty where it shows none."""
    usual: str = "none"
    """A text that goes without saying where every record has it."""


def network(record: Record) -> str:
    """Name the network as in the case's slug; the control case is marked."""
    case = record.case
    name = plain_text(case.model.slug if case.model.preset else case.slug.partition("/")[0])
    return f"{name} (control)" if case.replica else name


def parameters(record: Record) -> str:
    """Count the network's parameters; no text where the count is not known."""
    return "" if record.parameter_count is None else count(record.parameter_count)


def options(record: Record) -> str:
    """List the target's options, `name=value`."""
    pairs = record.case.target.options
    return plain_text(" ".join(f"{name}={value}" for name, value in pairs)) or "none"


def status(record: Record) -> str:
    """Say how the case ended, with the code of the reason where it did not complete."""
    outcome = record.outcome
    return f"{outcome.status}: {outcome.reason.code}" if outcome.reason else str(outcome.status)


def metric_column(name: str, heading: str = "", *, with_interval: bool = False) -> Column:
    """Show one metric; where the case itself has no numbers, its status says why."""

    def cell(record: Record) -> str:
        value = record.values.get(name)
        if value is None or (value.value is None and record.outcome.status != Status.COMPLETED):
            return DASH
        return estimate(value, with_interval=with_interval)

    return Column(heading or name, cell, is_number=True, metric=name)


def _given(number: float, unit: str) -> str:
    return f"{number:g}{unit}" if number else "none"


_CONDITIONS: Final = (
    Column("device", lambda record: plain_text(record.case.target.device)),
    Column("precision", lambda record: str(record.case.target.precision)),
    Column("threads", lambda record: count(record.case.target.threads), is_number=True),
    Column("processes", lambda record: count(record.case.processes), is_number=True, usual="1"),
    Column("rate", lambda record: _given(record.case.rate, "/s")),
    Column("bound", lambda record: _given(record.case.bound, " s")),
    Column("batch", lambda record: count(record.case.batch_size), is_number=True),
    Column("options", options),
    Column("variant", lambda record: plain_text(record.case.model.variant) or "none"),
)
"""Stand in the table where cases differ in them, else in one line above it."""

_IDENTITY: Final = (
    Column("case", network),
    Column("parameters", parameters, is_number=True),
    Column("backend", lambda record: plain_text(record.case.target.backend)),
)

_MEASURED: Final = {
    Scenario.SINGLE_STREAM: (
        metric_column("latency_quiet", "latency, quiet", with_interval=True),
        metric_column("latency_p50", "p50"),
        metric_column("latency_p99", "p99"),
        metric_column("quiet_share", "quiet share"),
        metric_column("peak_rss", "peak RSS"),
        metric_column("weights_rss", "weights RSS"),
    ),
    Scenario.OFFLINE: (
        metric_column("throughput_quiet", "throughput, quiet", with_interval=True),
        metric_column("throughput", "throughput"),
        metric_column("quiet_share", "quiet share"),
    ),
    Scenario.SERVER: (
        metric_column("rate_max", "highest rate", with_interval=True),
        metric_column("latency_p50", "p50"),
        metric_column("latency_p99", "p99"),
        metric_column("wait_p99", "wait p99"),
        metric_column("lateness_p99", "lateness p99"),
    ),
    Scenario.MULTI_STREAM: (
        metric_column("latency_p99", "p99", with_interval=True),
        metric_column("latency_quiet", "latency, quiet"),
        metric_column("latency_p50", "p50"),
        metric_column("quiet_share", "quiet share"),
    ),
}
"""Throughput is null in one scenario and latency in another: each has a table of its own."""


def columns_for(records: Sequence[Record], metrics: Sequence[str] = ()) -> tuple[Column, ...]:
    """Choose the columns of a table of records of one scenario.

    Args:
        records: At least one, all of one scenario.
        metrics: Names of the metrics to show; those of the scenario where empty.
    """
    if metrics:
        measured = tuple(metric_column(name, with_interval=True) for name in metrics)
    else:
        measured = _MEASURED[records[0].case.scenario]
    varying = tuple(column for column in _CONDITIONS if len(_texts(column, records)) > 1)
    return (*_IDENTITY, *varying, *measured, Column("status", status))


def shared_conditions(records: Sequence[Record]) -> str:
    """Name what every case has in common, for example `device cpu, threads 1, batch 1`."""
    shared = (
        f"{column.heading} {text}"
        for column in _CONDITIONS
        for text in _texts(column, records)
        if len(_texts(column, records)) == 1 and text != column.usual
    )
    return ", ".join(shared)


def measured_in(scenario: Scenario, metrics: Sequence[str]) -> tuple[str, ...]:
    """Keep the metrics that a scenario measures."""
    return tuple(name for name in metrics if scenario in METRICS[name].scenarios)


def _texts(column: Column, records: Sequence[Record]) -> frozenset[str]:
    return frozenset(column.cell(record) for record in records)
