"""Made-up comparisons of many cases: effects without any run behind them."""

from __future__ import annotations

from functools import lru_cache

from harness.analyse.compare.decide import decide
from harness.analyse.compare.effects import effect_of
from harness.analyse.compare.settings import Settings
from harness.core.case import Case
from harness.core.comparison import Comparison, Effect, Verdict
from harness.store.fake import fake_case
from tests.studies.noise import Values

METRIC = "latency_quiet"


@lru_cache
def cases(count: int) -> tuple[Case, ...]:
    """Return so many different cases."""
    return tuple(fake_case(100 * (number + 1)) for number in range(count))


def made_up_effects(base: Values, candidate: Values) -> tuple[Effect, ...]:
    """Make one effect a case.

    Args:
        base: (cases, rounds) log latency of each trial.
        candidate: The same of the other side.
    """
    return tuple(
        effect_of(case, METRIC, [ours], [theirs])
        for case, ours, theirs in zip(cases(len(base)), base, candidate, strict=True)
    )


def verdicts(base: Values, candidate: Values) -> tuple[Comparison, ...]:
    """Compare as a gate does, without a noise floor; arguments as of `made_up_effects`."""
    return decide(made_up_effects(base, candidate), {}, Settings()).comparisons


def count(found: tuple[Comparison, ...], verdict: Verdict) -> int:
    """Return how many have this verdict."""
    return sum(one.verdict is verdict for one in found)
