"""Laws of too few sizes, in one line: their numbers have no intervals, so they fill no table."""

from __future__ import annotations

from collections.abc import Sequence

from harness.analyse.scaling.verdict import FEWEST_SIZES
from harness.core.scaling import Law
from harness.report.format import count, plain_text

_LONGEST = 400


def has_enough(law: Law) -> bool:
    """Whether a law has as many sizes as every law needs."""
    return sizes_of(law) >= FEWEST_SIZES


def sizes_of(law: Law) -> int:
    """Count the sizes that a law was fitted to."""
    return len({point.size for point in law.points})


def few_sizes_line(laws: Sequence[Law]) -> str:
    """Say which laws have how many sizes, and how many each needs; empty where all have enough."""
    few = [law for law in laws if not has_enough(law)]
    if not few:
        return ""
    counts = sorted({sizes_of(law) for law in few})
    span = count(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    families = ", ".join(dict.fromkeys(_family(law) for law in few))
    which = plain_text(families, longest=_LONGEST)
    how_many = "1 law" if len(few) == 1 else f"{count(len(few))} laws"
    return (
        f"too few sizes for {how_many} ({which}): {span}, and each needs at least {FEWEST_SIZES}, "
        "over a decade or more; --json has what they give"
    )


def _family(law: Law) -> str:
    return law.subject.family if law.subject else "the table"
