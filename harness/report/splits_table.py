"""Splits of a machine's cores as a table, and for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from harness.analyse.splits import Ranking, Split
from harness.core.case import Scenario
from harness.core.metric import METRICS
from harness.core.record import Value
from harness.report.format import DASH, estimate, plain_text
from harness.report.table import Table
from harness.statistics.interval import Interval

_SHOWN: Final = (
    ("rate_max", Scenario.SERVER, "highest rate"),
    ("latency_p50", Scenario.SERVER, "p50 at it"),
    ("latency_p99", Scenario.SERVER, "p99 at it"),
    ("latency_p50", Scenario.SINGLE_STREAM, "p50, all busy"),
    ("latency_p99", Scenario.SINGLE_STREAM, "p99, all busy"),
    ("peak_rss", Scenario.SINGLE_STREAM, "peak RSS, sum"),
)
"""Metrics beside the throughput, in which scenario, and their headings."""
_TIED: Final = "yes"


def splits_table(ranking: Ranking) -> Table:
    """Lay out the splits of one network, the best first."""
    target = ranking.target
    network = plain_text(ranking.splits[0].case.slug.partition("/")[0])
    what = f"{network} on {plain_text(target.backend)}, {target.device}"
    shown = [one for one in _SHOWN if any(_has(split, *one[:2]) for split in ranking.splits)]
    cells: list[tuple[str, Callable[[Split], str]]] = [
        ("split", lambda split: split.case.split),
        ("throughput", lambda split: _estimate(split.throughput, with_interval=True)),
        ("of the best", lambda split: _ratio(split.of_best)),
        ("may be best", lambda split: _TIED if split.is_tied else ""),
        ("speed-up", lambda split: _ratio(split.speed_up)),
        ("efficiency", lambda split: _ratio(split.efficiency)),
        *((heading, _shower(metric, scenario)) for metric, scenario, heading in shown),
    ]
    return Table(
        title=f"{what}, {target.precision}, batch {ranking.batch_size}: processes x threads",
        headings=tuple(heading for heading, _ in cells),
        rows=tuple(tuple(cell(split) for _, cell in cells) for split in ranking.splits),
        flush_right=(False, *(True for _ in cells[1:])),
        notes=_notes(ranking),
    )


def splits_object(ranking: Ranking) -> dict[str, Any]:
    """Describe a ranking in plain values, units of SI without a prefix."""
    return {
        "model": ranking.model.slug,
        "parameter_count": ranking.parameter_count,
        "backend": ranking.target.backend,
        "device": ranking.target.device,
        "batch_size": ranking.batch_size,
        "metric": ranking.metric,
        "splits": [_object(split) for split in ranking.splits],
    }


def _notes(ranking: Ranking) -> tuple[str, ...]:
    if not ranking.metric:
        return ("no split has a throughput: measure them in the scenario offline",)
    return (
        f"ranked by {ranking.metric}; all processes of a split run at once, each on its own cores",
        "intervals are over rounds",
        "speed-up: over 1x1; efficiency: over one process of as many threads, a process",
    )


def _object(split: Split) -> dict[str, Any]:
    return {
        "split": split.case.split,
        "processes": split.case.processes,
        "threads": split.case.target.threads,
        "case_id": split.case.id,
        "throughput": _value(split.throughput),
        "of_best": _interval(split.of_best),
        "may_be_best": split.is_tied,
        "speed_up": _interval(split.speed_up),
        "efficiency": _interval(split.efficiency),
        "scenarios": {
            str(scenario): {
                metric: _value(value)
                for metric, value in values.items()
                if scenario in METRICS[metric].scenarios
            }
            for scenario, values in split.values.items()
        },
    }


def _has(split: Split, metric: str, scenario: Scenario) -> bool:
    value = split.values.get(scenario, {}).get(metric)
    return value is not None and value.value is not None


def _shower(metric: str, scenario: Scenario) -> Callable[[Split], str]:
    return lambda split: _estimate(split.values.get(scenario, {}).get(metric))


def _estimate(value: Value | None, *, with_interval: bool = False) -> str:
    return DASH if value is None else estimate(value, with_interval=with_interval)


def _ratio(interval: Interval | None) -> str:
    """Write a ratio with its interval.

    >>> _ratio(Interval(1.94, 1.9, 1.98)), _ratio(Interval(1.0, None, None))
    ('1.94 [1.90, 1.98]', '1.00')
    """
    if interval is None:
        return DASH
    if interval.low is None or interval.high is None:
        return f"{interval.value:.2f}"
    return f"{interval.value:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def _interval(interval: Interval | None) -> dict[str, float | None] | None:
    if interval is None:
        return None
    return {"value": interval.value, "low": interval.low, "high": interval.high}


def _value(value: Value | None) -> dict[str, Any] | None:
    if value is None:
        return None
    described: dict[str, Any] = {
        "unit": METRICS[value.metric].unit,
        "value": value.value,
        "low": value.low,
        "high": value.high,
        "n_trials": value.n_trials,
    }
    return {**described, "reason_code": str(value.reason.code)} if value.reason else described
