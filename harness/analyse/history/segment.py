"""Where a series of logarithms is best cut into stretches of one level each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.statistics.array import Numbers

SHORTEST: Final = 3
"""Values of a segment: fewer are a spike."""
_WINDOW: Final = 400
_EXACT: Final = 1_000
"""Values up to which the search is exact; it takes a time that grows with their square."""


def cut(scaled: Numbers, penalty: float) -> list[int]:
    """Cut a series where the squared distance from the levels, plus a penalty a cut, is smallest.

    Exact up to 1,000 values. A longer series is cut in windows that overlap by half, and the best
    of all the cuts so found are chosen over the whole.

    Source: Killick, Fearnhead and Eckley, Optimal Detection of Changepoints With a Linear
    Computational Cost (2012); Arlot, Celisse and Harchaoui, A Kernel Multiple Change-point
    Algorithm via Model Selection (2019), whose linear kernel is the squared distance.

    Args:
        scaled: (n,) in standard deviations, in the order of time.
        penalty: In squared standard deviations.

    Returns:
        First places of the second and later segments, rising.
    """
    size = scaled.size
    if size <= _EXACT:
        return _exact(scaled, penalty)
    starts = [*range(0, size - _WINDOW, _WINDOW // 2), size - _WINDOW]
    found = {
        start + place
        for start in starts
        for place in _exact(scaled[start : start + _WINDOW], penalty)
    }
    return choose(scaled, sorted(found), penalty)


def choose(scaled: Numbers, places: Sequence[int], penalty: float) -> list[int]:
    """Choose the best cuts among some places, by the same measure; exact among them.

    Source: Jackson et al., An Algorithm for Optimal Partitioning of Data on an Interval (2005).
    """
    ends = np.array([0, *places, scaled.size])
    costs = Costs(scaled)
    best = np.zeros(ends.size)
    best[0] = -penalty
    origin = np.zeros(ends.size, dtype=np.int64)
    for place in range(1, ends.size):
        totals = best[:place] + costs.of(ends[:place], ends[place]) + penalty
        origin[place] = int(np.argmin(totals))
        best[place] = totals[origin[place]]
    chosen: list[int] = []
    place = int(origin[-1])
    while place > 0:
        chosen.append(int(ends[place]))
        place = int(origin[place])
    return chosen[::-1]


class Costs:
    """Squared distances from the mean of any stretch, by sums that are taken once."""

    def __init__(self, values: Numbers) -> None:
        centred = np.asarray(values, dtype=np.float64) - float(np.mean(values))
        self._sums = np.concatenate([[0.0], np.cumsum(centred)])
        self._squares = np.concatenate([[0.0], np.cumsum(centred**2)])

    def of(self, starts: Numbers, ends: Numbers | int) -> NDArray[np.float64]:
        """Return the cost of each stretch, from its first place to before its end."""
        total = self._sums[ends] - self._sums[starts]
        spread: NDArray[np.float64] = (
            self._squares[ends] - self._squares[starts] - total**2 / (ends - starts)
        )
        return spread


def _exact(scaled: Numbers, penalty: float) -> list[int]:
    from ruptures import KernelCPD  # imports scipy, which takes longer than most series

    search = KernelCPD(kernel="linear", min_size=SHORTEST)
    found = search.fit(np.asarray(scaled, dtype=np.float64).reshape(-1, 1)).predict(pen=penalty)
    return [int(end) for end in found[:-1]]
