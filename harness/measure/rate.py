"""The highest rate that holds a bound: bracketed, bisected, then confirmed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

import numpy as np

from harness.core.load import Step
from harness.statistics.array import Numbers
from harness.statistics.autocorrelation import effective_size
from harness.statistics.order import quantile_interval

QUANTILE: Final = 0.99
"""Of latency, that the bound is on.

Source: MLCommons, MLPerf Inference Rules, section 'Scenarios', column 'Tail Latency' of 'Server'.
"""
_GROWTH: Final = 1.5
"""Between rates while they are bracketed."""
_CLOSE: Final = 1.03
"""Highest that broke over highest that held, at which bisecting ends."""
_REDUCED: Final = 0.9
"""Of a rate that did not hold when it was confirmed, what is tried next."""
_LOWEST: Final = 1 / 40
"""Of the first rate, below which no rate is tried: a bound that is not held there is never held."""
_BLOCKS: Final = 4096

Try = Callable[[float, float], Step]
"""Offers a rate, for a time in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long to look, in seconds."""

    step_s: float
    """For one rate while it is looked for."""
    confirm_s: float
    """For the rate that was found."""
    search_s: float
    """For all rates that are looked for."""
    total_s: float

    @classmethod
    def of(cls, seconds: float) -> Budget:
        """Share out a time: three fifths to look, two to confirm, half as much again if need be."""
        return cls(
            step_s=seconds / 15,
            confirm_s=2 * seconds / 5,
            search_s=3 * seconds / 5,
            total_s=3 * seconds / 2,
        )


@dataclass(slots=True)
class RateSearch:
    """Looks for the highest rate whose 99th percentile of latency stays within the bound.

    Source: MLCommons, MLPerf Inference Rules, 'LoadGen Operation', Server: a binary search finds a
    candidate; if a run with it fails, the value is reduced by a small delta and tried again.
    """

    offer: Try
    budget: Budget
    clock: Callable[[], float] = monotonic
    """In seconds."""
    steps: list[Step] = field(default_factory=list)
    began_s: float = 0.0

    def run(self, first: float) -> Step | None:
        """Start at a rate; return the confirmed run at the highest, None where none held."""
        self.began_s = self.clock()
        low, high = self._bracket(first)
        if low is None:
            return None
        while high is not None and high / low > _CLOSE:
            middle = self._look(math.sqrt(low * high))
            if middle is None:
                break
            low, high = (middle.rate, high) if middle.holds else (low, middle.rate)
        return self._confirmed(low)

    def _bracket(self, first: float) -> tuple[float | None, float | None]:
        """Go up or down until one rate held and one did not; None for the one that was not met."""
        low: float | None = None
        high: float | None = None
        rate = first
        while low is None or high is None:
            step = self._look(rate)
            if step is None or rate < _LOWEST * first:
                break
            if step.holds:
                low, rate = rate, rate * _GROWTH
            else:
                high, rate = rate, rate / _GROWTH
        return low, high

    def _confirmed(self, rate: float) -> Step | None:
        """Offer the rate for longer, and smaller ones until one holds; None where time is up."""
        seconds, total = self.budget.confirm_s, self.budget.total_s
        step = self._try(rate, seconds, total)
        while step is not None and not step.holds:
            step = self._try(step.rate * _REDUCED, seconds, total)
        return step

    def _look(self, rate: float) -> Step | None:
        return self._try(rate, self.budget.step_s, self.budget.search_s)

    def _try(self, rate: float, seconds: float, until_s: float) -> Step | None:
        """Offer a rate; None where there is no time left for it."""
        if self.clock() - self.began_s + seconds > until_s and self.steps:
            return None
        self.steps.append(self.offer(rate, seconds))
        return self.steps[-1]


def judge(offered: tuple[float, int], latency_ns: Numbers, bound_ns: int, *, kept_up: bool) -> Step:
    """Say whether a rate held the bound, and whether the sample is large enough to prove it.

    Latencies of neighbouring queries depend on each other, so the interval of the percentile is
    that of as many independent ones as would know it as well.

    Args:
        offered: The rate in 1/s, and the seed of its arrivals.
        latency_ns: Of every query that was answered, in the order of arrivals: (queries,).
        bound_ns: That the 99th percentile may take.
        kept_up: False where the rate was given up, or was more than the processes can serve: a
            short run at such a rate may hold the bound, a long one cannot.
    """
    late = int((latency_ns > bound_ns).sum())
    independent = _independent(latency_ns > np.quantile(latency_ns, QUANTILE))
    found = quantile_interval(latency_ns.astype(float), QUANTILE, independent=independent)
    holds = kept_up and found.value <= bound_ns
    edge = found.high if holds else found.low
    proven = not kept_up or (edge is not None and (edge <= bound_ns) == holds)
    return Step(
        rate=offered[0],
        seed=offered[1],
        queries=int(latency_ns.size),
        late=late,
        independent=independent,
        low_ns=found.low,
        high_ns=found.high,
        holds=holds,
        proven=proven,
    )


def _independent(above: Numbers) -> float:
    """Return how many independent values would know the share as well; means of blocks where long.

    Source: Geyer, Practical Markov Chain Monte Carlo (1992), section 3.2, for means of batches.
    """
    length = -(-above.size // _BLOCKS)
    share = float(above.mean())
    if length == 1 or share in {0.0, 1.0}:
        return effective_size(above)
    blocks = above[: above.size // length * length].reshape(-1, length).mean(axis=1)
    spread = float(blocks.var())
    size = effective_size(blocks) * share * (1 - share) / spread if spread else above.size
    return float(min(max(size, 1.0), above.size))
