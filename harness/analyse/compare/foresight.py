"""What one test says, what it would have seen, and how many rounds would decide it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.analyse.compare.settings import Settings
from harness.statistics.power import equivalence_power, fewest, visible_shift
from harness.statistics.student import student_t_tail

_THOUSANDFOLD = math.log(1000)
_MOST_ROUNDS = 1000
"""That anybody would run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A change held against the largest that does not matter, in logarithms."""

    cost: float
    """Above zero where the candidate costs more."""
    bound: float
    """Above zero."""
    error: float
    """Standard error of the cost."""
    degrees: float
    """Of freedom of the error."""
    pace: float = 0.0
    """How much slower the machine itself was for the candidate, by its own probes, as a logarithm.
    How far a network follows is not known: a verdict must hold with and without it."""

    @property
    def more(self) -> float:
        """The least that the candidate costs more."""
        return self.cost - max(self.pace, 0.0)

    @property
    def less(self) -> float:
        """The least that the candidate costs less."""
        return min(self.pace, 0.0) - self.cost

    @property
    def apart(self) -> float:
        """The most by which the sides differ."""
        return max(abs(self.cost), abs(self.cost - self.pace))

    @property
    def is_possible(self) -> bool:
        """Whether the error is known at all."""
        return self.degrees >= 1

    @property
    def p_slower(self) -> float:
        """That this is chance, where the candidate costs at most the bound more."""
        return self._chance(self.more - self.bound)

    @property
    def p_faster(self) -> float:
        """That this is chance, where the candidate costs at most the bound less."""
        return self._chance(self.less - self.bound)

    @property
    def p_different(self) -> float:
        """That this is chance, where the sides differ by the bound or more.

        Source: Schuirmann, A Comparison of the Two One-Sided Tests Procedure and the Power Approach
        (1987).
        """
        return self._chance(self.bound - self.apart)

    def _chance(self, distance: float) -> float:
        if self.error == 0:
            return 0.0 if distance > 0 else 1.0
        return student_t_tail(distance / self.error, self.degrees)


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What more rounds would change of a test."""

    paired: bool
    rounds: int
    """There are, of the smaller side."""
    shared: float
    """Degrees of freedom that do not come from the rounds."""

    def degrees(self, rounds: int) -> float:
        """Return the degrees of freedom with so many rounds a side."""
        return self.shared + (rounds - 1 if self.paired else 2 * rounds - 2)


def smallest_change(test: Test, level: float, power: float) -> float:
    """Return the relative change that would have come out as slower with this power.

    Args:
        test: As it was made; its outcome does not matter.
        level: Of the unadjusted p-value that would have been enough.
        power: Between 0 and 1.

    Returns:
        Infinity where it would have to be more than a thousandfold.
    """
    shift = visible_shift(level, power, test.degrees) * test.error
    change = test.bound + max(test.pace, 0.0) + shift
    return math.expm1(change) if change < _THOUSANDFOLD else math.inf


def rounds_needed(test: Test, design: Design, level: float, settings: Settings) -> int | None:
    """Return the rounds a side that would decide, if what was seen is the truth.

    Returns:
        None where a thousand would not: what was seen is the threshold itself.
    """
    unit = test.error * math.sqrt(design.rounds)
    distance = max(test.more, test.less) - test.bound

    def enough(rounds: int) -> bool:
        error, degrees = unit / math.sqrt(rounds), design.degrees(rounds)
        if distance > 0:
            return distance / error >= visible_shift(level, settings.power, degrees)
        power = equivalence_power(
            test.apart / error, test.bound / error, settings.equivalence, degrees
        )
        return power >= settings.power

    return fewest(enough, design.rounds + 1, _MOST_ROUNDS)
