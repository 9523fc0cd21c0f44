"""How much one unit of a metric spreads: its own data, and what the other cases show."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.analyse.compare.rules import RULES
from harness.core.comparison import Effect
from harness.statistics.moderated import Prior, fit_prior, variance_tail

FEWEST_CASES = 10
"""With a spread of their own, below which none is shared. Source: own simulation, 60,000 tests of
five rounds a side: with 5 cases p-values under 0.001 come 1.4 to 1.6 times as often as they should,
with 10 cases 1.2 to 1.5 times, with 30 cases as often."""

_STRANGE = 0.001
"""Chance of a spread like this among the others, below which a case keeps its own."""
_LOOKS = 5
"""Times that the prior is fitted to what is not strange; it settles after two or three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The spread of one unit of one effect, as well as it is known."""

    variance: float
    degrees: float
    """Of freedom; 0 where nothing is known."""
    shared: float
    """Degrees of freedom among them that do not come from this case's own trials."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The spread of one metric over all cases of one comparison."""

    metric: str
    prior: Prior | None
    """None where each case stands for itself."""
    most: float
    """Degrees of freedom of all cases together: no prior knows more."""
    strange: frozenset[str]
    """Ids of cases that spread much more than the others, and keep their own spread."""
    sentence: str

    def of(self, effect: Effect) -> Known:
        """Return what is known of the spread of one effect of this metric."""
        prior = self.prior
        if prior is None or effect.case.id in self.strange:
            note = "spreads more than the other cases: by itself" if prior is not None else ""
            return Known(variance=effect.variance, degrees=effect.degrees, shared=0.0, note=note)
        shared = min(prior.degrees, self.most)
        if math.isinf(prior.degrees):
            variance = prior.variance
        else:
            total = prior.degrees + effect.degrees
            variance = (prior.degrees * prior.variance + effect.degrees * effect.variance) / total
        degrees = min(effect.degrees + prior.degrees, self.most)
        return Known(variance=variance, degrees=degrees, shared=min(shared, degrees))


def spread_of(effects: Sequence[Effect]) -> Spread:
    """Fit what the cases of one metric share.

    Args:
        effects: At least one, all of one metric.
    """
    metric = effects[0].metric
    known = [effect for effect in effects if effect.degrees > 0]
    total = float(sum(effect.degrees for effect in known))
    if not known:
        return _assumed(metric)
    if len(known) < FEWEST_CASES:
        said = f"{len(known)} cases are too few to share a spread: each has its own (plain t)"
        return _alone(metric, said)
    prior, strange = _settled(known)
    if prior is None:
        return _alone(metric, "half of the cases do not spread at all: each has its own (plain t)")
    return Spread(
        metric=metric,
        prior=prior,
        most=total,
        strange=strange,
        sentence=_sentence(metric, prior, len(known), strange),
    )


def _settled(known: Sequence[Effect]) -> tuple[Prior | None, frozenset[str]]:
    """Fit the prior, and set aside cases that spread far more than it says, until none is left."""
    strange: frozenset[str] = frozenset()
    prior = None
    for _ in range(_LOOKS):
        used = [effect for effect in known if effect.case.id not in strange]
        prior = fit_prior(
            np.array([effect.variance for effect in used]),
            np.array([effect.degrees for effect in used]),
        )
        if prior is None:
            break
        found = _strange(known, prior)
        if found == strange:
            break
        strange = found
    return prior, strange


def _strange(known: Sequence[Effect], prior: Prior) -> frozenset[str]:
    """Return the ids of cases whose variance the prior would hardly ever show.

    Among cases of equal degrees of freedom the tail falls as the variance rises, so that the first
    strange one is found by halving.
    """
    groups: defaultdict[float, list[Effect]] = defaultdict(list)
    for effect in sorted(known, key=lambda effect: effect.variance):
        groups[effect.degrees].append(effect)

    def is_strange(one: Effect) -> bool:
        return variance_tail(one.variance, one.degrees, prior) < _STRANGE

    return frozenset(
        effect.case.id
        for group in groups.values()
        for effect in group[bisect_left(group, x=True, key=is_strange) :]
    )


def _assumed(metric: str) -> Spread:
    prior = RULES[metric].assumed
    if prior is None:
        return _alone(metric, "one trial a side: nothing is known of its spread")
    said = f"one trial a side; a spread of {_percent(prior)} between processes is assumed"
    return Spread(
        metric=metric,
        prior=prior,
        most=prior.degrees,
        strange=frozenset(),
        sentence=f"{metric}: {said}",
    )


def _alone(metric: str, said: str) -> Spread:
    return Spread(
        metric=metric, prior=None, most=0.0, strange=frozenset(), sentence=f"{metric}: {said}"
    )


def _sentence(metric: str, prior: Prior, cases: int, strange: frozenset[str]) -> str:
    if math.isinf(prior.degrees):
        said = f"{cases} cases have one spread, {_percent(prior)}, as far as can be seen"
    else:
        said = (
            f"{cases} cases share a spread of {_percent(prior)}, which counts for "
            f"{prior.degrees:.3g} degrees of freedom beside each case's own"
        )
    apart = f"; {len(strange)} spread far more and stand by themselves" if strange else ""
    return f"{metric}: {said}{apart}"


def _percent(prior: Prior) -> str:
    return f"{100 * math.sqrt(prior.variance):.2g} %"
