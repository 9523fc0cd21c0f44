"""`scalecurve budget`: the largest network of each family and target that fits."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from harness.cli.arguments import choose_all
from harness.cli.lean import start_lean
from harness.cli.limits import parse_limits
from harness.cli.options import filled
from harness.core.errors import UsageError

if TYPE_CHECKING:
    from harness.core.choice import Affordable, Confirmation
    from harness.core.record import Record
    from harness.run.start import Places

_EXIT_MISSED: Final = 1
"""A network that was predicted to meet the budget does not."""
_EXIT_NOT_MEASURED: Final = 4
"""The machine did not let one be measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetOptions:
    """What must be met, and what to do about it."""

    runs: Annotated[
        list[Path], typer.Argument(help="Run files of one machine, or folders of them.")
    ]
    most: Annotated[
        list[str] | None,
        typer.Option("--max", help="metric=quantity, for example latency_p99=10ms; repeatable."),
    ] = None
    least: Annotated[
        list[str] | None,
        typer.Option("--min", help="metric=quantity, for example throughput=100/s; repeatable."),
    ] = None
    family: Annotated[str | None, typer.Option(help="Only these families.")] = None
    backend: Annotated[str | None, typer.Option(help="Only these backends.")] = None
    confidence: Annotated[
        float, typer.Option(help="Probability with which the network must fit.")
    ] = 0.9
    confirm: Annotated[
        bool,
        typer.Option("--confirm", help="Build each network and the next grade up; measure both."),
    ] = False
    doubtful: Annotated[
        bool, typer.Option("--doubtful", help="Also print sizes of laws that do not hold.")
    ] = False
    rounds: Annotated[int, typer.Option(help="Fresh trials of each, with --confirm.")] = 3
    out: Annotated[Path, typer.Option(help="Folder for run files, with --confirm.")] = Path("runs")
    cache: Annotated[Path | None, typer.Option(help="Folder for exported networks.")] = None
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of objects.")] = False


@filled(BudgetOptions)
def budget(options: BudgetOptions) -> None:
    """Find the largest network of each family and target that meets every limit."""
    limits = parse_limits(options.most or (), options.least or ())
    if not 0 < options.confidence < 1:
        raise UsageError(f"confidence {options.confidence}; expected between 0 and 1")
    is_chosen = _chosen(options)
    start_lean()
    from harness.analyse.budget import affordable
    from harness.analyse.scaling import laws
    from harness.cli.one_machine import records_of

    records = [one for one in records_of(options.runs) if is_chosen(one)]
    fitted = laws(records, [limit.metric for limit in limits])
    found = affordable(fitted, limits, options.confidence)
    if not found:
        names = ", ".join(limit.metric for limit in limits)
        raise UsageError(f"these runs have no values of {names} to fit a law to")
    confirmed = _confirmed(options, found) if options.confirm else ()
    _print(found, confirmed, options)
    if any(one.is_met is False for one in confirmed):
        raise typer.Exit(_EXIT_MISSED)
    if any(one.is_met is None for one in confirmed):
        raise typer.Exit(_EXIT_NOT_MEASURED)


def _chosen(options: BudgetOptions) -> Callable[[Record], bool]:
    """Return whether a record belongs to what was asked for; all do where nothing was."""
    from harness.backends.registry import BACKENDS
    from model_zoo.families import FAMILIES

    families = choose_all(options.family, FAMILIES, "family") if options.family else None
    backends = choose_all(options.backend, BACKENDS, "backend") if options.backend else None

    def is_chosen(record: Record) -> bool:
        case = record.case
        return (families is None or case.model.family in families) and (
            backends is None or case.target.backend in backends
        )

    return is_chosen


def _confirmed(options: BudgetOptions, found: Sequence[Affordable]) -> tuple[Confirmation, ...]:
    from harness.analyse.confirm import confirmations, networks
    from harness.analyse.records import records
    from harness.cli.watched import watched
    from harness.run.plan import Plan
    from harness.run.start import measure
    from harness.store.read import read_run

    pairs = networks(found)
    if not pairs:
        raise UsageError("nothing to confirm: no network fits, or its size was refused")
    cases = tuple(dict.fromkeys(case for pair in pairs for case in (*pair.fits, *pair.above)))
    plan = Plan(
        family=tuple(dict.fromkeys(case.model.family for case in cases)),
        params=tuple(dict.fromkeys(f"{case.nominal}" for case in cases)),
        backend=tuple(dict.fromkeys(case.target.backend for case in cases)),
        rounds=options.rounds,
        control=False,
    )
    command, places = ["scalecurve", *sys.argv[1:]], _places(options)
    path = watched(lambda display: measure(cases, plan, command, places, display))
    typer.echo(f"wrote {path}", err=True)
    return confirmations(pairs, records(read_run(path)))


def _places(options: BudgetOptions) -> Places:
    from harness.run.start import Places
    from harness.store.level import state_folder
    from model_zoo.export.cache import default_root

    return Places(out=options.out, cache=options.cache or default_root(), state=state_folder())


def _print(
    found: Sequence[Affordable], confirmed: Sequence[Confirmation], options: BudgetOptions
) -> None:
    from harness.report.budget_table import (
        budget_objects,
        budget_table,
        confirmation_objects,
        confirmation_table,
    )
    from harness.report.table import print_table

    if options.as_json:
        objects = budget_objects(found)
        if confirmed:
            checked = confirmation_objects(confirmed)
            typer.echo(json.dumps({"budget": objects, "confirmed": checked}, indent=2))
            return
        typer.echo(json.dumps(objects, indent=2, allow_nan=False))
        return
    print_table(budget_table(found, doubtful=options.doubtful), sys.stdout)
    if confirmed:
        typer.echo()
        print_table(confirmation_table(confirmed), sys.stdout)
