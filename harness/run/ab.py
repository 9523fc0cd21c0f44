"""How an A/B run begins: two interpreters, one machine, one run file."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.core.case import Case, Target
from harness.core.errors import UsageError
from harness.core.reason import Reason
from harness.core.trial import Side
from harness.environment.describe import describe
from harness.meters import rapl
from harness.run.ab_session import PairSession
from harness.run.ab_sides import SideFacts, examine, link_code
from harness.run.artifacts import Material, gather
from harness.run.expand import expand
from harness.run.plan import Plan
from harness.run.session import Listener
from harness.run.start import Places, finish, make_header, prepare, scratch
from harness.store.write import RunWriter, require_writable


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What a user names as the two interpreters: files, commands, or folders that have one."""

    base: str = sys.executable
    candidate: str = sys.executable


def begin(
    plan: Plan, sides: Sides, command: Sequence[str], places: Places, listener: Listener
) -> Path:
    """Measure a plan on both sides in turns; return the path of the run file.

    `plan.rounds` counts pairs of fresh processes; `plan.seconds` is the limit of one pair's
    sampling, both sides together. Memory is not measured.

    Raises:
        UsageError: the plan or an interpreter does not exist, or this platform cannot do it.
        StoreError: the run file cannot be written.
    """
    return measure(expand(plan), plan, sides, command, places=places, listener=listener)


def measure(  # noqa: PLR0913 - a run's own five, and what studies plant
    cases: tuple[Case, ...],
    plan: Plan,
    sides: Sides,
    command: Sequence[str],
    *,
    places: Places,
    listener: Listener,
    planted: Mapping[str, Case] | None = None,
) -> Path:
    """Measure these cases on both sides in turns; return the path of the run file.

    Raises:
        UsageError: an interpreter does not exist, or this platform cannot do it.
        StoreError: the run file cannot be written.
    """
    require_pinning()
    with scratch() as folder:
        found = examine_sides(sides, folder)
        require_writable(places.out)
        machine = describe(energy=rapl.availability(places.sysfs_root))
        base, candidate = (found[side].describe(machine) for side in (Side.BASE, Side.CANDIDATE))
        prepared = prepare(
            cases, places.cache, lambda asked: _unavailable(found, asked, folder), listener
        )
        header = replace(make_header(plan, command, prepared, base, places), candidate=candidate)
        instead = planted or {}
        extra = _planted_material(instead, places.cache, listener)
        with RunWriter.create(places.out, header) as writer:
            session = PairSession(
                header=header,
                plan=plan,
                material={**prepared.material, **extra},
                writer=writer,
                listener=listener,
                folder=folder,
                spent=dict(prepared.spent),
                interpreters={side: facts.interpreter for side, facts in found.items()},
                planted=instead,
            )
            finish(session, places)
            return writer.path


def require_pinning() -> None:
    """Refuse where two processes cannot be held on the same core.

    Unpinned, one pair read -38 % where the truth was +8 %.

    Raises:
        UsageError: this platform cannot.
    """
    if sys.platform != "linux" or not hasattr(os, "fork"):
        raise UsageError(
            "ab needs Linux: both sides must be pinned to the same core, else their ratio is wrong"
        )


def examine_sides(sides: Sides, folder: Path) -> Mapping[Side, SideFacts]:
    """Check both interpreters, and put this installation's code where they will find it.

    Raises:
        UsageError: one does not exist, is no Python, or too old.
    """
    code = link_code(folder / "code")
    named = {Side.BASE: sides.base, Side.CANDIDATE: sides.candidate}
    return {side: examine(side, text, code) for side, text in named.items()}


def _unavailable(
    found: Mapping[Side, SideFacts], targets: set[Target], folder: Path
) -> dict[Target, Reason]:
    """Ask both sides for each target; the first that cannot serve one gives the reason."""
    reasons: dict[Target, Reason] = {}
    for facts in found.values():
        left = targets - set(reasons)
        reasons |= facts.unavailable(left, folder) if left else {}
    return reasons


def _planted_material(
    planted: Mapping[str, Case], cache: Path, listener: Listener
) -> dict[str, Material]:
    found = gather(planted.values(), cache, listener.message) if planted else {}
    return {key: thing for key, thing in found.items() if isinstance(thing, Material)}
