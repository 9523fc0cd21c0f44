"""Budgets asked of the reference run, each answered without the network that is the answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.analyse.budget import affordable
from harness.analyse.confirm import GRADE
from harness.analyse.records import records
from harness.analyse.scaling import fit_points, laws
from harness.core.choice import Limit
from harness.core.scaling import Law
from tests.bench.numbers import percent
from tests.bench.row import Row, Setting
from tests.studies.held_out import standard

_METRIC: Final = "latency_quiet"
_LEAST: Final = 0.9
_ROUNDED: Final = 1.01
"""Answers have three digits, and a network is within 1 % of the size asked for."""


def measure(setting: Setting) -> Row:
    """Leave out each size between the ends of a law, and ask for what costs as much as it."""
    del setting
    bound = f"at least {_LEAST:.0%} fit, and so many next grades up do not"
    run = standard()
    if run is None:
        return Row("budget_left_out", "not measured", bound, met=False, detail="no reference run")
    answers = [one for law in laws(records(run), [_METRIC]) for one in _answers(law)]
    sizes = [ratio for ratio in answers if ratio is not None]
    fits = sum(ratio <= _ROUNDED for ratio in sizes) / len(answers)
    misses = sum(ratio * GRADE > 1 for ratio in sizes) / len(answers)
    middle = sorted(sizes)[len(sizes) // 2]
    return Row(
        name="budget_left_out",
        figure=f"{percent(fits)} fit; {percent(misses)} of the next grades up do not",
        bound=bound,
        met=min(fits, misses) >= _LEAST,
        detail=f"{len(answers)} questions, {len(answers) - len(sizes)} without an answer; in the "
        f"middle the network named has {middle:.2f} of the size that just fits",
    )


def _answers(law: Law) -> Iterator[float | None]:
    """Yield the size named over the size left out, whose cost is the limit; None where refused."""
    for place in range(1, len(law.points) - 1):
        left = law.points[place]
        rest = fit_points([point for point in law.points if point is not left], law.subject)
        limit = Limit(metric=_METRIC, value=left.cost, text=f"{_METRIC}={left.cost}s")
        (found,) = affordable([rest], [limit])
        yield None if found.size is None else found.size / left.size
