"""Quality beside what it costs: records joined by spec, fronts, and the size that is enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from harness.analyse.pareto import front
from harness.core.case import Scenario, Target
from harness.core.choice import Front
from harness.core.quality import Quality
from harness.core.record import Record, Value

COSTS: Final = ("latency_quiet", "peak_rss", "weights_rss", "energy_per_item", "artifact_bytes")
"""Costs that quality is held against, where they were measured."""


def joined(records: Sequence[Record], found: Sequence[Quality]) -> tuple[Record, ...]:
    """Give records the quality of their networks; those of other networks are left out.

    A network is the same where its spec is, variant and all, on whatever runtime it ran.
    """
    known = {one.network.spec.digest: one for one in found}
    return tuple(
        replace(record, values={**record.values, **known[record.case.model.digest].values})
        for record in records
        if record.case.model.digest in known
    )


def cost_fronts(
    records: Sequence[Record], score: str = "accuracy"
) -> Iterator[tuple[tuple[Target, Front], ...]]:
    """Give, for every cost that was measured, the front of each target: cost first, then score.

    Args:
        records: That quality has joined; those of one item at a time are looked at.
        score: Of `QUALITIES`.
    """
    single = [
        one
        for one in records
        if one.case.scenario is Scenario.SINGLE_STREAM and one.case.batch_size == 1
    ]
    targets = tuple(dict.fromkeys(one.case.target for one in single))
    for cost in COSTS:
        found = (
            (target, front([one for one in single if one.case.target == target], (cost, score)))
            for target in targets
        )
        fronts = tuple((target, one) for target, one in found if one.members)
        if fronts:
            yield fronts


def best(found: Sequence[Quality], name: str = "accuracy") -> Quality | None:
    """Return the network of the highest score; the smallest of equal ones; None without any."""
    scored = [(value, one) for one in found if (value := one.values[name].value) is not None]
    if not scored:
        return None
    return max(scored, key=lambda pair: (pair[0], -pair[1].network.parameter_count))[1]


def enough(found: Sequence[Quality], name: str = "accuracy") -> Mapping[str, Quality]:
    """Return, by family, the smallest network that is not clearly worse than the family's best.

    Not clearly worse: the best one's score lies within its interval.
    """
    answer: dict[str, Quality] = {}
    ordered = sorted(found, key=_family)
    for family, group in groupby(ordered, key=_family):
        plain = [one for one in group if not one.network.spec.variant]
        top = best(plain, name)
        if top is None:
            continue
        target = top.values[name].value or 0.0
        near = [one for one in plain if _reaches(one.values[name], target)]
        answer[family] = min(near, key=lambda one: one.network.parameter_count)
    return answer


def _reaches(value: Value, target: float) -> bool:
    high = value.value if value.high is None else value.high
    return high is not None and high >= target


def _family(one: Quality) -> str:
    return one.network.spec.family
