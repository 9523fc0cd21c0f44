"""From effects to verdicts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.analyse.compare.effects import Missing
from harness.analyse.compare.foresight import Design, Test, rounds_needed, smallest_change
from harness.analyse.compare.rules import RULES, Kind, cost_sign
from harness.analyse.compare.settings import Settings
from harness.analyse.compare.spread import Known, Spread, spread_of
from harness.core.comparison import Comparison, Effect, NoiseFloor, Ratio, Verdict
from harness.core.metric import METRICS
from harness.statistics.false_discovery import adjusted, level_of_one_more
from harness.statistics.student import student_t_quantile

Floors = Mapping[tuple[str, str], NoiseFloor]
"""By case id and metric, what identical code shows as a difference on this machine."""

_FEWEST_ROUNDS = 2
"""That show a spread at all."""
_TIMED = frozenset({"s", "1/s"})
"""Units of what follows the pace of the machine."""
_UPPER = 0.975
"""Of Student's t: the interval of a ratio holds 95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Verdicts in the order of the effects."""

    comparisons: tuple[Comparison, ...]
    prior: str
    """Sentences: how the spread of each metric was shared across cases."""
    spreads: Mapping[str, Spread]
    """By metric; those that are compared exactly have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    """One effect held against its threshold."""

    effect: Effect
    known: Known
    test: Test
    threshold: float
    p_slower: float
    p_faster: float


def decide(
    found: Sequence[Effect | Missing], floors: Floors, settings: Settings, pace: float = 0.0
) -> Decided:
    """Give every effect its verdict; p-values are adjusted for all that are given.

    Gated metrics are adjusted for each other, the watched ones among themselves, and slower apart
    from faster. Control cases should not be among them: they are no question of their own.

    Args:
        found: In any order.
        floors: By case id and metric.
        settings: How sure a verdict has to be.
        pace: How much slower the machine itself was for the candidate, as a logarithm. Verdicts on
            times hold with and without it.
    """
    spreads = spreads_of(found)
    tested = {
        place: _test(
            effect,
            spreads[effect.metric],
            threshold_of(effect, floors, settings),
            pace if METRICS[effect.metric].unit in _TIMED else 0.0,
        )
        for place, effect in enumerate(found)
        if isinstance(effect, Effect) and effect.metric in spreads
    }
    told = _adjust(tested, settings)
    comparisons = tuple(
        told[place] if place in told else _untested(one, floors, settings)
        for place, one in enumerate(found)
    )
    prior = ". ".join(spread.sentence for spread in spreads.values())
    return Decided(comparisons=comparisons, prior=f"{prior}." if prior else "", spreads=spreads)


def spreads_of(found: Sequence[Effect | Missing]) -> Mapping[str, Spread]:
    """Fit the spread of every metric that is tested by it."""
    groups: dict[str, list[Effect]] = {}
    for effect in found:
        if isinstance(effect, Effect) and RULES[effect.metric].kind is Kind.TESTED:
            groups.setdefault(effect.metric, []).append(effect)
    return {metric: spread_of(group) for metric, group in groups.items()}


def threshold_of(one: Effect | Missing, floors: Floors, settings: Settings) -> float:
    """Return the relative change that matters: what was asked for, or the case's noise floor."""
    asked = RULES[one.metric].threshold or settings.threshold
    floor = floors.get((one.case.id, one.metric))
    return asked if floor is None else max(asked, floor.floor)


def _test(effect: Effect, spread: Spread, threshold: float, pace: float) -> _Tested:
    known = spread.of(effect)
    test = Test(
        cost=cost_sign(effect.metric) * effect.log_ratio,
        bound=math.log1p(threshold),
        error=math.sqrt(known.variance * effect.scale),
        degrees=known.degrees,
        pace=0.0 if effect.paired else pace,
    )
    possible = test.is_possible
    return _Tested(
        effect=effect,
        known=known,
        test=test,
        threshold=threshold,
        p_slower=test.p_slower if possible else 1.0,
        p_faster=test.p_faster if possible else 1.0,
    )


def _adjust(tested: Mapping[int, _Tested], settings: Settings) -> dict[int, Comparison]:
    """Adjust the p-values of each family, and make its comparisons; by place."""
    comparisons: dict[int, Comparison] = {}
    for is_gated in (True, False):
        family = {
            place: one
            for place, one in tested.items()
            if (one.effect.metric in settings.gated) is is_gated and one.test.is_possible
        }
        slower = np.array([one.p_slower for one in family.values()])
        faster = np.array([one.p_faster for one in family.values()])
        level = level_of_one_more(slower, settings.false_discovery)
        pairs = zip(adjusted(slower).tolist(), adjusted(faster).tolist(), strict=True)
        for (place, one), p_adjusted in zip(family.items(), pairs, strict=True):
            comparisons[place] = _comparison(one, p_adjusted, level, settings)
    return comparisons


def _comparison(
    one: _Tested, p_adjusted: tuple[float, float], level: float, settings: Settings
) -> Comparison:
    """Give the verdict of one effect.

    Args:
        one: The effect and its test.
        p_adjusted: That it is not slower, and not faster, beyond the threshold.
        level: Of an unadjusted p-value that would have been enough.
        settings: How sure it has to be.
    """
    effect, test = one.effect, one.test
    verdict = Verdict.INCONCLUSIVE
    if p_adjusted[0] <= settings.false_discovery:
        verdict = Verdict.SLOWER
    elif p_adjusted[1] <= settings.false_discovery:
        verdict = Verdict.FASTER
    elif test.p_different <= settings.equivalence:
        verdict = Verdict.EQUIVALENT
    design = Design(paired=effect.paired, rounds=effect.rounds, shared=one.known.shared)
    is_open = verdict is Verdict.INCONCLUSIVE
    seen = smallest_change(test, level, settings.power)
    return Comparison(
        case=effect.case,
        metric=effect.metric,
        verdict=verdict,
        ratio=_ratio(effect, test),
        threshold=one.threshold,
        p_value=one.p_slower if test.cost >= 0 else one.p_faster,
        p_adjusted=p_adjusted[0] if test.cost >= 0 else p_adjusted[1],
        smallest_change=seen if math.isfinite(seen) else None,
        rounds=effect.rounds,
        rounds_needed=rounds_needed(test, design, level, settings) if is_open else None,
        note="; ".join(part for part in (effect.note, one.known.note) if part),
    )


def _ratio(effect: Effect, test: Test) -> Ratio:
    half_width = student_t_quantile(_UPPER, test.degrees) * test.error
    return Ratio(
        value=math.exp(effect.log_ratio),
        low=math.exp(effect.log_ratio - half_width),
        high=math.exp(effect.log_ratio + half_width),
    )


def _untested(one: Effect | Missing, floors: Floors, settings: Settings) -> Comparison:
    """Say of what has no test what can be said."""
    threshold = threshold_of(one, floors, settings)
    if isinstance(one, Missing):
        return Comparison(
            case=one.case,
            metric=one.metric,
            verdict=Verdict.INCONCLUSIVE,
            ratio=None,
            threshold=threshold,
            reason=one.reason,
        )
    is_exact = RULES[one.metric].kind is Kind.EXACT
    value = math.exp(one.log_ratio)
    end = value if is_exact else None
    return Comparison(
        case=one.case,
        metric=one.metric,
        verdict=_exact_verdict(one, threshold) if is_exact else Verdict.INCONCLUSIVE,
        ratio=Ratio(value=value, low=end, high=end),
        threshold=threshold,
        smallest_change=threshold if is_exact else None,
        rounds=one.rounds,
        rounds_needed=None if is_exact else _FEWEST_ROUNDS,
        note=one.note if is_exact else "one trial a side: its spread is not known",
    )


def _exact_verdict(effect: Effect, threshold: float) -> Verdict:
    cost = cost_sign(effect.metric) * effect.log_ratio
    if abs(cost) <= math.log1p(threshold):
        return Verdict.EQUIVALENT
    return Verdict.SLOWER if cost > 0 else Verdict.FASTER
