"""Two machines, case by case: their ratio, and the sizes between which the order changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.core.case import Target
from harness.core.comparison import Comparison, Ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """One case on both machines."""

    comparison: Comparison
    parameter_count: int

    @property
    def ratio(self) -> Ratio | None:
        """Second machine over first, in the metric's own direction."""
        return self.comparison.ratio

    @property
    def side(self) -> int:
        """Return -1 where the ratio is surely below 1, 1 where above, 0 where it cannot be told."""
        ratio = self.ratio
        if ratio is None or ratio.low is None or ratio.high is None:
            return 0
        return (ratio.low > 1) - (ratio.high < 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """All sizes of one family on one target, in one metric."""

    family: str
    target: Target
    batch_size: int
    metric: str
    pairs: tuple[Paired, ...]
    """By growing size; only those with a ratio."""

    @property
    def turns(self) -> tuple[tuple[int, int], ...]:
        """Sizes between which the order of the machines surely changes."""
        sure = [pair for pair in self.pairs if pair.side]
        return tuple(
            (low.parameter_count, high.parameter_count)
            for low, high in pairwise(sure)
            if low.side != high.side
        )


def lines(
    comparisons: Iterable[Comparison], parameter_counts: Mapping[str, int]
) -> tuple[Line, ...]:
    """Group comparisons into lines; what has no ratio is left out.

    Args:
        comparisons: In any order.
        parameter_counts: By case id.
    """
    groups: dict[tuple[str, Target, int, str], list[Paired]] = defaultdict(list)
    for one in comparisons:
        size = parameter_counts.get(one.case.id)
        if one.ratio is None or size is None or one.ratio.value <= 0:
            continue
        key = (one.case.model.family, one.case.target, one.case.batch_size, one.metric)
        groups[key].append(Paired(comparison=one, parameter_count=size))
    return tuple(
        Line(family=family, target=target, batch_size=batch, metric=metric, pairs=_sorted(pairs))
        for (family, target, batch, metric), pairs in groups.items()
    )


def _sorted(pairs: Sequence[Paired]) -> tuple[Paired, ...]:
    return tuple(sorted(pairs, key=lambda pair: pair.parameter_count))
