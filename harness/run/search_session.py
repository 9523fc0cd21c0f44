"""A search as an ordinary run: a file of all its points, of which some are measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from harness.analyse.records import records
from harness.analyse.search import Judged, Lookup, Question, is_hopeless, judge
from harness.analyse.search_space import laid_out, scenarios_of, space
from harness.core.case import Case
from harness.core.errors import UsageError
from harness.core.metric import METRICS
from harness.core.quality import QUALITIES
from harness.core.reason import Reason
from harness.core.run import Run, RunHeader
from harness.run import start
from harness.run.expand import expand
from harness.run.fit import impossible
from harness.run.metered import described
from harness.run.plan import Plan
from harness.run.search import Effort, Grid, Searched, finalists, seek
from harness.run.search_draw import sampler
from harness.run.search_measure import Keeping, SearchSession, measuring
from harness.run.session import Listener
from harness.run.start import Places, Prepared
from harness.store.read import read_run
from harness.store.write import RunWriter, require_writable

_MEMORY_UNIT: Final = "B"
_NO_PASS: Final = frozenset({"artifact_bytes"})
"""Metrics in bytes that need no memory pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Everything that a search is asked."""

    plan: Plan
    question: Question
    sampler: str
    effort: Effort
    text: Mapping[str, str]
    """The question as it was asked, for the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRun:
    """What came of a search."""

    path: Path
    searched: Searched
    confirmed: tuple[Judged, ...]
    """The finalists as they were measured afresh; empty where there was none."""
    confirmation: Path | None = None
    """Run file of the fresh measurement."""


def plan_of(plan: Plan, question: Question) -> Plan:
    """Return a search's plan: no control, and no pass that measures what nobody asked for."""
    units = {name: METRICS[name].unit for name in question.metrics if name in METRICS}
    in_bytes = {name for name, unit in units.items() if unit == _MEMORY_UNIT}
    return replace(
        plan,
        control=False,
        memory=bool(in_bytes - _NO_PASS),
        energy=plan.energy and bool({"J", "W"} & set(units.values())),
    )


def grid_of(plan: Plan, question: Question, known: Lookup) -> Grid:
    """Return the points of a plan, without those that are known not to be the answer.

    Raises:
        UsageError: the plan names something that does not exist, or no point is left.
    """
    scenarios = scenarios_of(question.metrics, plan.scenario)
    every = space(expand(replace(plan, control=False)), scenarios)
    left = [point for point in every.points if not is_hopeless(point, question, known)]
    if not left:
        known_metrics = ", ".join(name for name in question.metrics if name in QUALITIES)
        raise UsageError(
            f"no point of the plan is left: by its {known_metrics} none of its networks can be the "
            "answer, or the quality file has none of them"
        )
    return Grid(laid_out(left), question, known, len(every.points) - len(left))


def begin(
    request: Request, known: Lookup, command: Sequence[str], places: Places, listener: Listener
) -> SearchRun:
    """Search a plan's points, and measure the best afresh.

    Args:
        request: What is asked.
        known: What needs no measuring.
        command: As it was given, for the file.
        places: Folders.
        listener: Who is told how far it is.

    Raises:
        UsageError: the plan names something that does not exist, or a package is missing.
        StoreError: the run file cannot be written.
    """
    grid = grid_of(request.plan, request.question, known)
    plan = plan_of(request.plan, request.question)
    work = _Work(replace(request, plan=plan), grid, places, listener)
    require_writable(places.out)
    environment = described(places.sysfs_root)
    with start.scratch() as folder:
        cases = _cases(grid)
        prepared = Prepared(cases=cases, material={}, skipped=_hopeless(cases, folder), spent={})
        header = start.make_header(plan, command, prepared, environment, places)
        header = replace(header, search=dict(request.text))
        with RunWriter.create(places.out, header) as writer:
            run = Run(path=str(writer.path), header=header, trials=())
            searched = work.search(run, writer, folder)
    return work.confirmed(searched, writer.path)


def resume(
    path: Path, request: Request, known: Lookup, places: Places, listener: Listener
) -> SearchRun:
    """Go on with a search that was cut off; what it has measured counts.

    Args:
        path: Its run file.
        request: As it was asked; the plan is the file's.
        known: What needs no measuring.
        places: Folders.
        listener: Who is told how far it is.

    Raises:
        StoreError: the file is finished, foreign, or written by someone else just now.
        UsageError: it was begun on another machine or with other versions, or is no search.
    """
    writer, run = RunWriter.resume(path)
    with writer, start.scratch() as folder:
        start.require_same_machine(run)
        grid = grid_of(request.plan, request.question, known)
        if not {case.id for case in _cases(grid)} <= {case.id for case in run.header.cases}:
            raise UsageError(f"{path} was begun with other points: has the quality file changed?")
        work = _Work(request, grid, places, listener)
        searched = work.search(run, writer, folder)
    return work.confirmed(searched, path)


@dataclass(frozen=True, slots=True)
class _Work:
    """What both ways into a search share."""

    request: Request
    grid: Grid
    places: Places
    listener: Listener

    def search(self, run: Run, writer: RunWriter, folder: Path) -> Searched:
        """Measure points into the run's file, and close it."""
        request, header = self.request, run.header
        trials = [*run.trials]
        draw = sampler(request.sampler, self.grid.space, request.plan.seed)
        plan = request.plan
        coming = request.effort.most * header.rounds * len(self.grid.space.points[0].cases)
        session = SearchSession(
            header=header,
            plan=plan,
            material={},
            writer=Keeping(writer, trials),
            listener=self.listener,
            folder=folder,
            counters=start.counters_of(plan, self.places),
            coming=coming - len(trials),
        )
        measure = measuring(run, session, trials, self.places.cache)
        self.listener.expect(coming)
        searched = seek(
            self.grid,
            draw,
            measure,
            request.effort,
            before=measure.before(self.grid.space),
        )
        measure.finish(self.places)
        return searched

    def confirmed(self, searched: Searched, path: Path) -> SearchRun:
        """Measure the finalists afresh, in a run file of their own."""
        chosen = finalists(searched, self.request.effort.finalists)
        if not chosen:
            return SearchRun(path=path, searched=searched, confirmed=())
        cases = tuple(dict.fromkeys(case for point in chosen for case in point.cases))
        command = ("scalecurve", "search", "confirmation", path.stem)
        fresh = start.measure(cases, self.request.plan, command, self.places, self.listener)
        found = {one.case.id: one for one in records(read_run(fresh))}
        judged = tuple(judge(one, searched.question, found, self.grid.known) for one in chosen)
        return SearchRun(path=path, searched=searched, confirmed=judged, confirmation=fresh)


def _cases(grid: Grid) -> tuple[Case, ...]:
    """Return the cases of all points, each once: points may share one."""
    return tuple(dict.fromkeys(case for point in grid.space.points for case in point.cases))


def _hopeless(cases: Sequence[Case], folder: Path) -> Mapping[str, Reason]:
    """Return why cases cannot be measured here, by their ids."""
    found = {case.id: reason for case in cases if (reason := impossible(case))}
    reasons = start.unavailable({case.target for case in cases if case.id not in found}, folder)
    for case in cases:
        if case.target in reasons:
            found.setdefault(case.id, reasons[case.target])
    return found


def request_of(header: RunHeader, path: Path) -> Mapping[str, str]:
    """Return what a search was asked.

    Raises:
        UsageError: the run is no search.
    """
    if not header.search:
        raise UsageError(f"{path} is no search; `scalecurve run --resume` goes on with it")
    return header.search
