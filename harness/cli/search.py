"""`scalecurve search`: the best point of a plan's grid, without measuring all of it."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from harness.cli.arguments import choose
from harness.cli.limits import parse_conditions
from harness.cli.options import PlanFlags, filled
from harness.cli.watched import watched
from harness.core.errors import UsageError
from harness.core.metric import Better

if TYPE_CHECKING:
    from harness.analyse.search import Lookup, Question
    from harness.analyse.search_space import Point
    from harness.core.record import Value
    from harness.run.plan import Plan
    from harness.run.search_session import Request, SearchRun

_EXIT_NONE: Final = 1
"""No point meets every limit, or none did when it was measured afresh."""
_EXIT_NOT_MEASURED: Final = 4
"""No point gave a value of what is asked for."""
_FAREWELL: Final = (
    "interrupted: finished trials are on disk; `scalecurve search --resume FILE` with the newest "
    "run file goes on"
)
_SAMPLERS: Final = ("bayes", "random", "grid")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions(PlanFlags):
    """What is looked for, among what, and how long."""

    maximise: Annotated[
        str | None, typer.Option(help="Metric that is to be as large as it can.")
    ] = None
    minimise: Annotated[
        str | None, typer.Option(help="Metric that is to be as small as it can.")
    ] = None
    subject_to: Annotated[
        list[str] | None,
        typer.Option(help="For example latency_p99<10ms or throughput>100/s; repeatable."),
    ] = None
    quality: Annotated[
        list[Path] | None,
        typer.Option(help="File of `scalecurve quality`, for accuracy, recall and f1; repeatable."),
    ] = None
    sampler: Annotated[str | None, typer.Option(help="bayes (needs optuna), random, grid.")] = None
    minutes: Annotated[
        float | None, typer.Option(help="Wall time of searching and confirming, about.")
    ] = None
    points: Annotated[
        int | None, typer.Option(help="Points to measure at most; a quarter of the grid, or all.")
    ] = None
    finalists: Annotated[int, typer.Option(help="Points that are measured afresh at the end.")] = 3
    resume: Annotated[Path | None, typer.Option(help="Go on with this search's run file.")] = None
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count the points and leave.")] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print an object.")] = False


@filled(SearchOptions)
def search(options: SearchOptions) -> None:
    """Find the best network, target and batch size of a plan, under limits."""
    _check(options)
    if options.resume is not None:
        _show(_resumed(options, options.resume), as_json=options.as_json)
        return
    plan = options.wanted()
    text = _text(options)
    if options.dry_run:
        _count(plan, text, as_json=options.as_json)
        return
    _show(_begun(options, plan, text), as_json=options.as_json)


def _check(options: SearchOptions) -> None:
    """Refuse numbers that make no search."""
    wrong = {
        "--minutes": options.minutes is not None and not 0 < options.minutes < math.inf,
        "--points": options.points is not None and options.points < 1,
        "--finalists": options.finalists < 1,
    }
    for flag, is_wrong in wrong.items():
        if is_wrong:
            raise UsageError(f"{flag}: expected a number above zero")


def _text(options: SearchOptions) -> dict[str, str]:
    """Return the question as it was asked, as it goes to the run file."""
    given = {"maximise": options.maximise, "minimise": options.minimise}
    asked = {name: metric for name, metric in given.items() if metric is not None}
    if len(asked) != 1:
        raise UsageError("give one of --maximise METRIC and --minimise METRIC")
    return {
        **asked,
        "subject_to": ",".join(options.subject_to or ()),
        "quality": json.dumps([str(path) for path in options.quality or ()]),
        "points": str(options.points or ""),
        "sampler": choose(options.sampler or _SAMPLERS[0], _SAMPLERS, "sampler"),
    }


def _question(text: Mapping[str, str]) -> Question:
    from harness.analyse.search import Question
    from harness.core.quality import MEASURES

    is_maximised = "maximise" in text
    written = text["maximise" if is_maximised else "minimise"]
    metric = MEASURES[choose(written, MEASURES, "metric")]
    wanted = Better.HIGHER if is_maximised else Better.LOWER
    if metric.better is not wanted:
        word = {Better.HIGHER: "maximised", Better.LOWER: "minimised"}.get(metric.better)
        raise UsageError(f"{metric.name} can be {word or 'neither maximised nor minimised'} only")
    limits = parse_conditions([text["subject_to"]], MEASURES) if text["subject_to"] else ()
    return Question(objective=metric.name, is_maximised=is_maximised, limits=limits)


def _request(options: SearchOptions, plan: Plan, text: Mapping[str, str], points: int) -> Request:
    from harness.run.search import Effort, usual_most
    from harness.run.search_session import Request

    effort = Effort(
        most=options.points or int(text["points"] or usual_most(points, text["sampler"])),
        seconds=math.inf if options.minutes is None else options.minutes * 60,
        finalists=options.finalists,
    )
    return Request(
        plan=plan, question=_question(text), sampler=text["sampler"], effort=effort, text=text
    )


def _begun(options: SearchOptions, plan: Plan, text: Mapping[str, str]) -> SearchRun:
    from harness.run.search_session import begin, grid_of

    question = _question(text)
    known = _known(question, text)
    points = len(grid_of(plan, question, known).space.points)
    request = _request(options, plan, text, points)
    command, places = ["scalecurve", *sys.argv[1:]], options.places()
    return watched(
        lambda display: begin(request, known, command, places, display), farewell=_FAREWELL
    )


def _resumed(options: SearchOptions, path: Path) -> SearchRun:
    from harness.run.plan import make_plan
    from harness.run.search_session import grid_of, request_of, resume
    from harness.store.header import read_header

    asked = (options.maximise, options.minimise, options.subject_to, options.sampler)
    if options.plan or options.given() or any(one is not None for one in (*asked, options.quality)):
        raise UsageError("--resume takes its plan and its question from the run file; give neither")
    header = read_header(path)
    text = request_of(header, path)
    question, plan = _question(text), make_plan(header.plan)
    known = _known(question, text)
    points = len(grid_of(plan, question, known).space.points)
    request = _request(options, plan, text, points)
    places = replace(options.places(), out=path.parent)
    return watched(
        lambda display: resume(path, request, known, places, display), farewell=_FAREWELL
    )


def _known(question: Question, text: Mapping[str, str]) -> Lookup:
    """Return what quality files say of networks, by their specs.

    Raises:
        UsageError: the question is about quality, and no file was given.
        StoreError: a file cannot be read.
    """
    from harness.analyse.quality import qualities
    from harness.core.quality import QUALITIES
    from harness.store.quality import read_quality

    paths = [Path(path) for path in json.loads(text["quality"])]
    wanted = [name for name in question.metrics if name in QUALITIES]
    if wanted and not paths:
        raise UsageError(
            f"{wanted[0]} is not measured but learned: give a file of `scalecurve quality` with "
            "--quality FILE"
        )
    found = {
        one.network.spec.digest: one for path in paths for one in qualities(read_quality(path))
    }

    def look_up(point: Point, metric: str) -> Value | None:
        one = found.get(point.case.model.digest)
        return None if one is None else one.values.get(metric)

    return look_up


def _count(plan: Plan, text: Mapping[str, str], *, as_json: bool) -> None:
    """Say how many points the grid has, along what."""
    from harness.run.search import usual_most
    from harness.run.search_session import grid_of

    question = _question(text)
    grid = grid_of(plan, question, _known(question, text))
    axes = {axis.name: list(axis.values) for axis in grid.space.axes}
    points = len(grid.space.points)
    most = int(text["points"] or usual_most(points, text["sampler"]))
    if as_json:
        found = {"points": points, "ruled_out": grid.ruled_out, "axes": axes, "most": most}
        typer.echo(json.dumps(found))
        return
    for name, values in axes.items():
        typer.echo(f"{name}: {', '.join(_plainly(value) for value in values)}")
    typer.echo(f"{points} points; {text['sampler']} measures {min(most, points)} of them at most")
    if grid.ruled_out:
        typer.echo(f"{grid.ruled_out} more are ruled out by the quality of their networks")


def _plainly(value: float | str) -> str:
    return f"{value:,.0f}" if isinstance(value, float) else value


def _show(found: SearchRun, *, as_json: bool) -> None:
    """Print the answer, and end with what it comes to."""
    from harness.analyse.search import best

    answer = best(found.confirmed, found.searched.question)
    if as_json:
        typer.echo(json.dumps(_object(found), indent=2, allow_nan=False))
    else:
        _print(found)
    for path in filter(None, (found.path, found.confirmation)):
        typer.echo(f"wrote {path}", err=True)
    if all(one.value is None for one in found.searched.judged):
        raise typer.Exit(_EXIT_NOT_MEASURED)
    if answer is None:
        raise typer.Exit(_EXIT_NONE)


def _print(found: SearchRun) -> None:
    from harness.report.search_table import answer_line, search_table, spent_line
    from harness.report.table import print_table

    searched = found.searched
    print_table(search_table("searched", searched.judged, searched.question), sys.stdout)
    if found.confirmed:
        typer.echo()
        title = "measured afresh"
        print_table(search_table(title, found.confirmed, searched.question), sys.stdout)
    typer.echo()
    typer.echo(answer_line(searched.judged, found.confirmed, searched.question))
    typer.echo(spent_line(searched.spent))


def _object(found: SearchRun) -> dict[str, Any]:
    from harness.analyse.search import best
    from harness.report.search_table import judged_object

    searched = found.searched
    answer = best(found.confirmed, searched.question)
    return {
        "objective": searched.question.objective,
        "answer": None if answer is None else judged_object(answer),
        "confirmed": [judged_object(one) for one in found.confirmed],
        "searched": [judged_object(one) for one in searched.judged],
        "points": searched.spent.points,
        "measured": searched.spent.measured,
        "ruled_out": searched.spent.ruled_out,
        "skipped": searched.spent.skipped,
        "saved_share": searched.spent.saved,
        "seconds": searched.spent.seconds,
        "saved_seconds": searched.spent.saved_seconds,
        "run": str(found.path),
        "confirmation_run": str(found.confirmation) if found.confirmation else None,
    }
