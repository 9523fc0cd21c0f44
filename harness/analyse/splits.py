"""Ways to split a machine's cores into processes and threads, held against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

import numpy as np

from harness.analyse.evidence import Evidence
from harness.analyse.records import evidence_by_case, records
from harness.analyse.trial_values import trial_values
from harness.core.case import Case, Scenario, Target
from harness.core.record import Record, Value
from harness.core.run import Run
from harness.statistics.interval import Interval
from harness.statistics.student import mean_interval_of_logs
from model_zoo.spec import ModelSpec

THROUGHPUTS: Final = ("throughput_quiet", "throughput")
"""The first that every split has with an interval is what they are ranked by."""

Rounds = Mapping[int, float]
"""One value of a metric a round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One way to split the cores, and what it gives; intervals are over rounds."""

    case: Case
    """In `offline`, or where that was not measured in another scenario."""
    throughput: Value | None
    of_best: Interval | None
    """Throughput over that of the best split, round by round; None without common rounds."""
    speed_up: Interval | None
    """Over one process of one thread."""
    efficiency: Interval | None
    """Over one process of as many threads, divided by the number of processes."""
    values: Mapping[Scenario, Mapping[str, Value]]
    """Every metric of the same split in every scenario that was measured."""

    @property
    def is_tied(self) -> bool:
        """Whether it may well be the best."""
        return self.of_best is not None and (self.of_best.high is None or self.of_best.high >= 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The splits of one network on one runtime, the best first."""

    model: ModelSpec
    target: Target
    """With the threads of the best."""
    batch_size: int
    parameter_count: int | None
    metric: str
    """That they are ranked by; empty where none has a throughput."""
    splits: tuple[Split, ...]


def rankings(run: Run) -> tuple[Ranking, ...]:
    """Rank the splits of every network and runtime of a run that has more than one of them."""
    found = [record for record in records(run) if not record.case.replica]
    evidence = evidence_by_case(run)
    ordered = sorted(found, key=_setting)
    groups = [tuple(group) for _, group in groupby(ordered, key=_setting)]
    return tuple(
        _ranking(group, evidence)
        for group in groups
        if len({record.case.split for record in group}) > 1
    )


def _setting(record: Record) -> tuple[str, ...]:
    """Return what must be equal for two splits to be held against each other."""
    case, target = record.case, record.case.target
    return (
        case.model.digest,
        target.backend,
        target.device,
        str(target.precision),
        repr(target.options),
        str(case.batch_size),
    )


def _ranking(group: Sequence[Record], evidence: Mapping[str, Evidence]) -> Ranking:
    offline = [record for record in group if record.case.scenario is Scenario.OFFLINE]
    metric = _metric(offline)
    rounds = {
        record.case.split: _rounds(metric, evidence.get(record.case.id)) for record in offline
    }
    best = max(offline, key=lambda record: _value(record, metric), default=None)
    splits = [
        _split(split, [one for one in group if one.case.split == split], rounds, best, metric)
        for split in dict.fromkeys(record.case.split for record in group)
    ]
    splits.sort(key=_rank)
    return Ranking(
        model=group[0].case.model,
        target=splits[0].case.target,
        batch_size=group[0].case.batch_size,
        parameter_count=group[0].parameter_count,
        metric=metric,
        splits=tuple(splits),
    )


def _split(
    split: str,
    group: Sequence[Record],
    rounds: Mapping[str, Rounds],
    best: Record | None,
    metric: str,
) -> Split:
    by_scenario = sorted(group, key=lambda record: record.case.scenario is not Scenario.OFFLINE)
    case = by_scenario[0].case
    mine = rounds.get(split, {})
    alone = _ratio(mine, rounds.get(f"1x{case.target.threads}", {}))
    return Split(
        case=case,
        throughput=next((one.values[metric] for one in group if metric and _is_offline(one)), None),
        of_best=_ratio(mine, rounds.get(best.case.split, {})) if best is not None else None,
        speed_up=_ratio(mine, rounds.get("1x1", {})),
        efficiency=None if alone is None else _divided(alone, case.processes),
        values={record.case.scenario: record.values for record in group},
    )


def _rank(split: Split) -> tuple[bool, float, int]:
    """Put the highest throughput first, and what has none last."""
    value = split.throughput.value if split.throughput is not None else None
    return value is None, -(value or 0.0), split.case.processes


def _is_offline(record: Record) -> bool:
    return record.case.scenario is Scenario.OFFLINE


def _metric(offline: Sequence[Record]) -> str:
    """Choose what every split has with an interval, else what every split has at all."""
    with_interval = [name for name in THROUGHPUTS if _all(offline, name, interval=True)]
    found = with_interval or [name for name in THROUGHPUTS if _all(offline, name)]
    return found[0] if offline and found else ""


def _all(records: Sequence[Record], metric: str, *, interval: bool = False) -> bool:
    values = [record.values[metric] for record in records]
    return all(one.value is not None and (not interval or one.low is not None) for one in values)


def _value(record: Record, metric: str) -> float:
    return (record.values[metric].value or 0.0) if metric else 0.0


def _rounds(metric: str, evidence: Evidence | None) -> Rounds:
    """Return the metric of each round that has a value."""
    if not metric or evidence is None:
        return {}
    return dict(_of_rounds(metric, evidence))


def _of_rounds(metric: str, evidence: Evidence) -> Iterator[tuple[int, float]]:
    for trial in evidence.timing:
        for value in trial_values(metric, replace(evidence, timing=(trial,))):
            yield trial.round, value


def _ratio(ours: Rounds, theirs: Rounds) -> Interval | None:
    """Return ours over theirs, with Student's interval over the rounds that both have.

    Both come from the same rounds, so that slow hours and new servers hit both alike.
    """
    shared = sorted(ours.keys() & theirs.keys())
    if not shared:
        return None
    return mean_interval_of_logs(np.array([ours[one] / theirs[one] for one in shared]))


def _divided(interval: Interval, number: int) -> Interval:
    ends = (None if end is None else end / number for end in (interval.low, interval.high))
    low, high = ends
    return Interval(value=interval.value / number, low=low, high=high)
