"""A search: points are proposed, measured and judged, until the budget is spent; then confirmed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from harness.analyse.search import Judged, Lookup, Question, Spent, judge, ranked
from harness.analyse.search_space import Point, Space
from harness.core.case import Case
from harness.core.record import Record
from harness.core.trial import Status
from harness.run.search_draw import Draw, Told, score_of

AT_ONCE: Final = 4
"""Points that are measured by one set of servers, so that starting them is not most of the time."""
_SHARE: Final = 0.25
_FEWEST: Final = 16

Measure = Callable[[Sequence[Case]], Mapping[str, Record]]
"""Measures cases, and gives their records by case id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much may be spent."""

    most: int
    """Points that are measured, at most."""
    seconds: float = math.inf
    """Wall time of searching and confirming, about."""
    finalists: int = 3
    """Points that are measured afresh at the end."""
    at_once: int = AT_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What a search found, before anything is confirmed."""

    question: Question
    judged: tuple[Judged, ...]
    """In the order measured."""
    spent: Spent


@dataclass(frozen=True, slots=True)
class Grid:
    """What is searched, and for what."""

    space: Space
    question: Question
    known: Lookup
    """What needs no measuring."""
    ruled_out: int = 0
    """Points that are not in the space, as they are known not to be the answer."""

    def cases_of(self, places: Iterable[int]) -> list[Case]:
        """Return the cases of some points, each once."""
        chosen = (self.space.points[place] for place in places)
        return list(dict.fromkeys(case for point in chosen for case in point.cases))

    def judge(self, place: int, records: Mapping[str, Record]) -> Judged:
        """Hold what was measured of one point against the question."""
        return judge(self.space.points[place], self.question, records, self.known)


def usual_most(points: int, sampler: str) -> int:
    """Return how many points are measured where nobody says: of a grid all, else a quarter."""
    if sampler == "grid":
        return points
    return min(points, max(_FEWEST, math.floor(points * _SHARE)))


def seek(
    grid: Grid,
    draw: Draw,
    measure: Measure,
    effort: Effort,
    *,
    before: Mapping[int, Mapping[str, Record]] | None = None,
    clock: Callable[[], float] = monotonic,
) -> Searched:
    """Measure points as they are proposed, until the effort is spent or none is left.

    Args:
        grid: That is searched.
        draw: Proposes points.
        measure: Measures their cases.
        effort: How much may be spent.
        before: Records of points that were measured before, by the point's place.
        clock: Seconds since any moment.
    """
    learned = _Learned(grid, draw)
    for place, records in (before or {}).items():
        learned.add(place, records)
    began, resumed, is_late = clock(), learned.measured, False
    while places := draw.propose(learned.next_of(effort)):
        records = measure(grid.cases_of(places))
        for place in places:
            learned.add(place, records)
        passed, fresh = clock() - began, max(1, learned.measured - resumed)
        coming = passed / fresh * (learned.next_of(effort) + effort.finalists)
        if passed + coming > effort.seconds:
            is_late = learned.next_of(effort) > 0
            break
    return Searched(
        question=grid.question,
        judged=tuple(learned.judged),
        spent=Spent(
            points=len(grid.space.points) - learned.skipped,
            ruled_out=grid.ruled_out,
            skipped=learned.skipped,
            measured=learned.measured,
            fresh=learned.measured - resumed,
            seconds=clock() - began,
            is_out_of_time=is_late,
        ),
    )


@dataclass(slots=True)
class _Learned:
    """What is known of points so far; the sampler knows the same."""

    grid: Grid
    draw: Draw
    judged: list[Judged] = field(default_factory=list)
    skipped: int = 0
    """Points that this machine cannot measure."""

    @property
    def measured(self) -> int:
        """How many points were measured, well or not."""
        return len(self.judged) - self.skipped

    def next_of(self, effort: Effort) -> int:
        """Return how many points may be measured next."""
        left = min(effort.most - self.measured, len(self.grid.space.points) - len(self.judged))
        return max(0, min(effort.at_once, left))

    def add(self, place: int, records: Mapping[str, Record]) -> None:
        """Judge a point, and let the sampler know."""
        one = self.grid.judge(place, records)
        self.judged.append(one)
        self.draw.tell(place, _told(one, self.grid.question))
        found = [records[case.id] for case in one.point.cases if case.id in records]
        self.skipped += all(record.outcome.status is Status.SKIPPED for record in found)


def finalists(searched: Searched, most: int) -> tuple[Point, ...]:
    """Return the points to measure afresh: the best that meet every limit, as far as is known."""
    order = ranked(searched.judged, searched.question)
    return tuple([one.point for one in order if one.is_met is not False][:most])


def _told(one: Judged, question: Question) -> Told:
    """Return what a sampler learns; of a limit that is not known, that it is missed a little."""
    return Told(
        score=score_of(one.value, is_maximised=question.is_maximised),
        excesses=tuple(
            _UNKNOWN_EXCESS if held.excess is None else held.excess for held in one.held
        ),
    )


_UNKNOWN_EXCESS: Final = 0.1
"""A value that took too few samples: the point is no answer, and its neighbours may be."""
