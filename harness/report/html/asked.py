"""The noun of what a page's sections answer for: one machine, its laws, and what was asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harness.analyse.scaling import laws as fit_laws
from harness.core.choice import Limit
from harness.core.quality import Study
from harness.core.record import Record
from harness.core.scaling import Law
from harness.report.machine_runs import Machine
from harness.report.order import in_order

METRICS: Final = ("latency_quiet", "throughput_quiet")
"""Their laws are on every page."""
MOST_LINES: Final = 200
"""Families times targets on one page; with more of them `fit` is the place to look."""
MOST_SIZES: Final = 40
"""That a page's law is fitted to; of more of them every so many is taken."""
_FEWEST_SIZES: Final = 3
USUAL_LIMITS: Final = (
    Limit(metric="latency_quiet", value=0.01, text="latency_quiet=10ms"),
    Limit(metric="peak_rss", value=1e9, text="peak_rss=1GB"),
)
"""Asked of every page where nothing else was."""
USUAL_FRONT: Final = ("latency_quiet", "peak_rss")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a reader asked for."""

    limits: tuple[Limit, ...] = USUAL_LIMITS
    """Of the budget."""
    front: tuple[str, ...] = USUAL_FRONT
    """Metrics of the Pareto front."""
    study: Study | None = None
    """Of trained networks, where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One machine, and what is asked of it."""

    machine: Machine
    laws: tuple[Law, ...]
    """Of latency, throughput and every limited metric; none where they are too many."""
    wishes: Wishes

    def laws_of(self, metrics: Sequence[str]) -> tuple[Law, ...]:
        """Return the laws of some metrics; of fewer than three sizes there is nothing to say."""
        return tuple(
            law
            for law in self.laws
            if law.subject
            and law.subject.metric in metrics
            and len({point.size for point in law.points}) >= _FEWEST_SIZES
        )


def ask(machine: Machine, wishes: Wishes) -> Asked:
    """Fit the laws that the sections need, once."""
    lines: dict[tuple[object, ...], list[Record]] = defaultdict(list)
    for record in in_order(machine.records):
        if record.outcome.reason is None:
            case = record.case
            key = (case.model.family, case.target, case.scenario, case.batch_size)
            lines[key].append(record)
    metrics = tuple(dict.fromkeys((*METRICS, *(limit.metric for limit in wishes.limits))))
    if len(lines) > MOST_LINES:
        return Asked(machine=machine, laws=(), wishes=wishes)
    fitted = [record for line in lines.values() for record in _spread(line)]
    return Asked(machine=machine, laws=fit_laws(fitted, metrics), wishes=wishes)


def _spread(line: Sequence[Record]) -> list[Record]:
    """Keep some of very many sizes, evenly spread: a law of hundreds takes seconds to fit."""
    last = len(line) - 1
    if last < MOST_SIZES:
        return list(line)
    return [line[round(place * last / (MOST_SIZES - 1))] for place in range(MOST_SIZES)]
