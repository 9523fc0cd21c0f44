"""The largest network of each family and target that fits a budget."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.analyse.scaling.curve import probability_within, size_at
from harness.analyse.scaling.points import cost_of
from harness.core.choice import Affordable, Limit, LimitAnswer
from harness.core.scaling import Curve, Law, Subject

FURTHEST: Final = 10.0
"""Factor beyond the sizes measured; further out no law is believed."""
CONFIDENCE: Final = 0.9
"""Probability with which a network meets every limit."""
_STEPS: Final = 400

_Key = tuple[object, ...]


def affordable(
    laws: Sequence[Law], limits: Sequence[Limit], confidence: float = CONFIDENCE
) -> tuple[Affordable, ...]:
    """Answer for every family, target and batch size that has a law of a limited metric.

    Batch sizes that lack one of them are left out where another batch size has them all.

    Args:
        laws: Of every limited metric, see `harness.analyse.scaling.laws`.
        limits: At least one.
        confidence: Probability with which the network must meet every limit.
    """
    groups: dict[_Key, dict[str, Law]] = defaultdict(dict)
    for law in sorted(laws, key=_scenario):
        if law.subject is not None:
            groups[_key(law.subject)].setdefault(law.subject.metric, law)
    names = {limit.metric for limit in limits}
    complete = {key[:-1] for key, found in groups.items() if names <= set(found)}
    return tuple(
        _answer(found, limits, confidence)
        for key, found in groups.items()
        if names <= set(found) or (names & set(found) and key[:-1] not in complete)
    )


def _key(subject: Subject) -> _Key:
    return subject.family, subject.variant, subject.target, subject.batch_size


def _scenario(law: Law) -> bool:
    """Put one query after another first: memory and preparation are measured there, too."""
    return law.subject is not None and law.subject.scenario != "single_stream"


@dataclass(frozen=True, slots=True, eq=False)
class _Ruled:
    """A limit and the curve that it is held against."""

    limit: Limit
    law: Law
    curve: Curve

    @property
    def cost(self) -> float:
        """The limit as a cost."""
        return cost_of(self.limit.value, self.limit.metric)

    def probability(self, size: float) -> float:
        """Return the probability that a network of this size meets the limit."""
        return probability_within(self.curve, size, self.cost)


def _answer(found: Mapping[str, Law], limits: Sequence[Limit], confidence: float) -> Affordable:
    rules = [
        _Ruled(limit, law, law.curve)
        for limit in limits
        if (law := found.get(limit.metric)) is not None and law.curve is not None
    ]
    answers = tuple(_alone(limit, found.get(limit.metric)) for limit in limits)
    law = next(iter(found.values()))
    missing = [limit.metric for limit in limits if limit not in [rule.limit for rule in rules]]
    if missing or law.subject is None:
        note = f"no law of {', '.join(missing)}: too few values"
        return _refused(found, limits, answers, note)
    low = max(rule.law.points[0].size for rule in rules) / FURTHEST
    high = min(rule.law.points[-1].size for rule in rules) * FURTHEST
    size = _largest(rules, low, high, confidence)
    if size is None:
        return _refused(found, limits, answers, _too_small(rules, low))
    if size >= high:
        note = f"over {_rounded_down(high):,} parameters: refused, more than one order of magnitude"
        return _refused(found, limits, answers, f"{note} beyond the largest measured")
    return _allowed(rules, size, answers)


def _allowed(rules: Sequence[_Ruled], size: float, answers: tuple[LimitAnswer, ...]) -> Affordable:
    chosen = _rounded_down(size)
    binding = min(rules, key=lambda rule: rule.probability(size * 10**0.1))
    assert binding.law.subject is not None  # noqa: S101 - only laws with one are grouped
    doubts = [f"the law of {r.limit.metric} does not hold" for r in rules if not r.law.holds]
    first = max(rule.law.points[0].size for rule in rules)
    last = min(rule.law.points[-1].size for rule in rules)
    return Affordable(
        subject=binding.law.subject,
        size=chosen,
        probability=math.prod(rule.probability(chosen) for rule in rules),
        binds=binding.limit,
        is_extrapolated=not first <= chosen <= last,
        limits=answers,
        note="; ".join(doubts),
    )


def _largest(rules: Sequence[_Ruled], low: float, high: float, confidence: float) -> float | None:
    """Return the largest size that meets every limit with this probability."""
    for size in np.geomspace(low, high, _STEPS)[::-1]:
        if math.prod(rule.probability(float(size)) for rule in rules) >= confidence:
            return float(size)
    return None


def _too_small(rules: Sequence[_Ruled], low: float) -> str:
    worst = min(rules, key=lambda rule: rule.probability(low))
    return f"nothing fits: {worst.limit.text} is exceeded by the smallest networks"


def _refused(
    found: Mapping[str, Law],
    limits: Sequence[Limit],
    answers: tuple[LimitAnswer, ...],
    note: str,
) -> Affordable:
    law = next((found[limit.metric] for limit in limits if limit.metric in found), None)
    assert law is not None  # noqa: S101 - a group has a law of one limit at least
    assert law.subject is not None  # noqa: S101 - only laws with one are grouped
    return Affordable(
        subject=law.subject,
        size=None,
        probability=None,
        binds=None,
        is_extrapolated=False,
        limits=answers,
        note=note,
    )


def _alone(limit: Limit, law: Law | None) -> LimitAnswer:
    """Say what one limit allows, at even odds."""
    if law is None or law.curve is None:
        return LimitAnswer(limit=limit, size=None, law=law, note="no law")
    low, high = law.points[0].size / FURTHEST, law.points[-1].size * FURTHEST
    size = size_at(law.curve, cost_of(limit.value, limit.metric), low, high)
    if size is not None and size >= high:
        return LimitAnswer(limit=limit, size=None, law=law, note="does not bind within a decade")
    note = "" if size is not None else "exceeded by the smallest networks"
    return LimitAnswer(limit=limit, size=size, law=law, note=note)


def _rounded_down(size: float) -> int:
    """Round to three digits, never up: the network must fit.

    >>> _rounded_down(1_239_999.9), _rounded_down(12.7)
    (1230000, 12)
    """
    step = 10 ** max(math.floor(math.log10(size)) - 2, 0)
    return int(size // step * step)
