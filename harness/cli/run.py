"""`scalecurve run`: measure a plan, then show what came of it."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.core.case import Case
    from harness.run.plan import Plan
    from harness.run.start import Places

_List = Annotated[str | None, typer.Option(help="Comma-separated list.")]
_EXIT_INTERRUPTED = 130
_TITLE = "What a network costs to run, by its parameter count"


def run(  # noqa: PLR0913, PLR0917 - one parameter a flag
    plan: Annotated[
        str | None, typer.Argument(help="A TOML file, or `quick` or `standard`.")
    ] = None,
    family: _List = None,
    preset: _List = None,
    params: Annotated[
        str | None, typer.Option(help="Sizes such as 1e5,1e6, or a range such as 1e4..1e8.")
    ] = None,
    backend: _List = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda or cuda:<index>.")] = None,
    precision: Annotated[str | None, typer.Option(help="fp32, fp16, bf16.")] = None,
    threads: _List = None,
    batch_size: _List = None,
    scenario: Annotated[str | None, typer.Option(help="single_stream, offline.")] = None,
    options: Annotated[
        str | None, typer.Option("--option", help="backend.name=value, comma-separated.")
    ] = None,
    rounds: Annotated[int | None, typer.Option(help="Fresh trials of each case.")] = None,
    seconds: Annotated[float | None, typer.Option(help="Least sampling time of a trial.")] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds until a trial is killed.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the order of cases.")] = None,
    memory: Annotated[
        bool | None, typer.Option("--memory/--no-memory", help="Measure memory, too.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for run files.")] = Path("runs"),
    cache: Annotated[Path | None, typer.Option(help="Folder for exported networks.")] = None,
    sysfs_root: Annotated[Path, typer.Option(help="Where /sys is, in a container.")] = Path("/"),
    resume: Annotated[Path | None, typer.Option(help="Go on with this run file.")] = None,
    dry_run: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--dry-run", help="Print the cases and the time expected.")
    ] = False,
    as_json: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--json", help="Print records as JSON.")
    ] = False,
) -> None:
    """Measure networks and print what they cost."""
    flags = {
        "family": family,
        "preset": preset,
        "params": params,
        "backend": backend,
        "device": device,
        "precision": precision,
        "threads": threads,
        "batch_size": batch_size,
        "scenario": scenario,
        "options": options,
        "rounds": rounds,
        "seconds": seconds,
        "timeout": timeout,
        "seed": seed,
        "memory": memory,
    }
    given = {name: value for name, value in flags.items() if value is not None}
    places = _places(out, cache, sysfs_root)
    if resume is not None:
        if plan or given or dry_run:
            raise UsageError(
                "--resume takes its plan from the run file; give no other, no --dry-run"
            )
        path = _measured(lambda listener: _resume(resume, places, listener))
    else:
        wanted = _plan(plan, given)
        if dry_run:
            _print_cases(wanted, as_json=as_json)
            return
        path = _measured(lambda listener: _begin(wanted, places, listener))
    _show(path, as_json=as_json)


def _places(out: Path, cache: Path | None, sysfs_root: Path) -> Places:
    from harness.run.start import Places
    from harness.store.level import state_folder
    from model_zoo.export.cache import default_root

    return Places(
        out=out, cache=cache or default_root(), state=state_folder(), sysfs_root=sysfs_root
    )


def _plan(name: str | None, given: dict[str, Any]) -> Plan:
    """Read the plan, and put the flags over it."""
    from harness.run.plan import make_plan, read_plan

    numbers = ("threads", "batch_size")
    document: dict[str, Any] = {
        key: _numbers(key, value) if key in numbers else _texts(value)
        for key, value in given.items()
    }
    if name is None and not document:
        raise UsageError("nothing to measure; give a plan (quick, standard or a file), or --family")
    return make_plan(document, read_plan(name) if name else None)


def _texts(value: Any) -> Any:  # noqa: ANN401 - what typer gave
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _numbers(key: str, text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise UsageError(f"{key}: {text!r} is no list of whole numbers") from None


def _print_cases(plan: Plan, *, as_json: bool) -> None:
    from harness.report.format import seconds_as_words
    from harness.run.expand import expand
    from harness.run.fit import impossible
    from harness.run.session import expected_seconds

    cases = expand(plan)
    likely = tuple(case for case in cases if not case.target.is_cuda and not impossible(case))
    expected = expected_seconds(likely, plan)
    if as_json:
        rows = [{"case_id": case.id, "slug": case.slug} for case in cases]
        typer.echo(json.dumps({"cases": rows, "expected_seconds": round(expected, 1)}))
        return
    for case in cases:
        typer.echo(_line(case))
    typer.echo(
        f"{len(cases)} cases, {plan.rounds} rounds: about {seconds_as_words(expected)} for those "
        "of the CPU, and the export of what the cache does not have"
    )


def _line(case: Case) -> str:
    from model_zoo.solve import parameter_count

    return f"{case.id}  {parameter_count(case.model):>15,}  {case.slug}"


def _measured(measure: Callable[[Any], Path]) -> Path:
    """Measure with a progress display; an interrupt leaves what is finished on disk."""
    from harness.report.progress import Display

    signal.signal(signal.SIGTERM, _interrupt)
    display = Display(sys.stderr)
    try:
        return measure(display)
    except KeyboardInterrupt:
        display.close()
        typer.echo(
            "interrupted: finished trials are on disk; `scalecurve run --resume FILE` with the "
            "newest run file goes on",
            err=True,
        )
        raise typer.Exit(_EXIT_INTERRUPTED) from None
    finally:
        display.close()


def _interrupt(number: int, frame: object) -> None:
    del number, frame
    raise KeyboardInterrupt


def _begin(plan: Plan, places: Places, listener: Any) -> Path:  # noqa: ANN401 - the display
    from harness.run.start import begin

    return begin(plan, ["scalecurve", *sys.argv[1:]], places, listener)


def _resume(path: Path, places: Places, listener: Any) -> Path:  # noqa: ANN401 - the display
    from harness.run.start import resume

    return resume(path, replace(places, out=path.parent), listener)


def _show(path: Path, *, as_json: bool) -> None:
    """Print the table, or JSON, then where the file and the chart are."""
    from harness.analyse.records import records
    from harness.cli.show import print_records
    from harness.report.chart import write_chart
    from harness.report.machine import machine_line
    from harness.store.read import read_run

    run = read_run(path)
    found = records(run)
    print_records(found, as_json=as_json)
    page, picture = write_chart(
        found, _TITLE, path.with_suffix(""), subtitle=machine_line(run.header)
    )
    for written in (path, page, picture):
        typer.echo(f"wrote {written}", err=True)
