"""In which order, and on which cores."""

from __future__ import annotations

import random
from collections.abc import Sequence

from harness.core.case import Case


def order(cases: Sequence[Case], round_number: int, seed: int) -> list[Case]:
    """Shuffle the cases of one round; the same seed gives the same order."""
    shuffled = list(cases)
    random.Random(f"{seed}/{round_number}").shuffle(shuffled)
    return shuffled


def cores_of_trial(
    allowed: Sequence[int], threads: int, turn: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Choose cores for one trial, another start each turn: (pinned to, spare).

    A trial of several threads has no spare cores: it stays where it is.
    """
    if not allowed:
        return (), ()
    start = turn % len(allowed)
    turned = [*allowed[start:], *allowed[:start]]
    return tuple(turned[:threads]), tuple(turned[threads:]) if threads == 1 else ()
