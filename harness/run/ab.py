"""How an A/B run begins: two interpreters, one machine, one run file."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from harness.core.case import Case, Target
from harness.core.errors import UsageError
from harness.core.reason import Reason
from harness.core.run import RunHeader
from harness.core.trial import Side
from harness.measure.crew import needs_crew
from harness.run.ab_session import Instead, PairSession
from harness.run.ab_sides import SideFacts, examine, link_code, of_side
from harness.run.artifacts import gather
from harness.run.expand import expand
from harness.run.interpreter import Interpreter
from harness.run.material import Material
from harness.run.metered import described
from harness.run.plan import Plan
from harness.run.session import Listener
from harness.run.start import Places, Prepared, finish, make_header, prepare, scratch
from harness.store.write import RunWriter, require_writable
from model_zoo.own import is_own, split_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What a user names as the two interpreters: files, commands, or folders that have one."""

    base: str = sys.executable
    candidate: str = sys.executable
    planted: Mapping[str, Case] = field(default_factory=dict)
    """By case id, what the candidate measures instead: studies plant a known difference so."""


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
    return measure(expand(plan), plan, sides, command, places, listener)


def measure(
    cases: tuple[Case, ...],
    plan: Plan,
    sides: Sides,
    command: Sequence[str],
    places: Places,
    listener: Listener,
) -> Path:
    """Measure these cases on both sides in turns; return the path of the run file.

    Raises:
        UsageError: an interpreter does not exist, or this platform cannot do it.
        StoreError: the run file cannot be written.
    """
    require_pinning()
    _require_one_process(cases)
    with scratch() as folder:
        found = examine_sides(sides, folder, cases)
        require_writable(places.out)
        ask = partial(_unavailable, found, folder)
        own = {side: facts.interpreter for side, facts in found.items()}
        prepared = prepare(cases, places.cache, ask, listener, own[Side.BASE])
        instead = _instead(prepared, own[Side.CANDIDATE], sides.planted, places.cache, listener)
        prepared = replace(prepared, skipped={**prepared.skipped, **instead.skipped})
        header = _header(plan, command, prepared, found, places)
        with RunWriter.create(places.out, header) as writer:
            session = PairSession(
                header=header,
                plan=plan,
                material=prepared.material,
                writer=writer,
                listener=listener,
                folder=folder,
                spent=dict(prepared.spent),
                interpreters=own,
                instead=instead.found,
            )
            finish(session, places)
            return writer.path


def _header(
    plan: Plan,
    command: Sequence[str],
    prepared: Prepared,
    found: Mapping[Side, SideFacts],
    places: Places,
) -> RunHeader:
    """Write down what was asked, and both sides."""
    machine = described(places.sysfs_root)
    base, candidate = (found[side].describe(machine) for side in (Side.BASE, Side.CANDIDATE))
    return replace(make_header(plan, command, prepared, base, places), candidate=candidate)


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


def _require_one_process(cases: Sequence[Case]) -> None:
    """Refuse cases that take more than one process a side: two of those cannot take turns."""
    several = next((case.slug for case in cases if needs_crew(case)), None)
    if several is not None:
        raise UsageError(
            f"ab measures one process a side in turns, and {several} has several, or queries by "
            "the clock; compare two runs instead"
        )


def examine_sides(
    sides: Sides, folder: Path, cases: Sequence[Case] = ()
) -> Mapping[Side, SideFacts]:
    """Check both interpreters, and put this installation's code where they will find it.

    Args:
        sides: As the user named them.
        folder: For the code.
        cases: Those of the user's own networks say which packages a side should have.

    Raises:
        UsageError: one does not exist, is no Python, or too old.
    """
    code = link_code(folder / "code")
    named = {Side.BASE: sides.base, Side.CANDIDATE: sides.candidate}
    own = (case.model.preset for case in cases if is_own(case.model))
    packages = sorted({split_reference(reference)[0].partition(".")[0] for reference in own})
    return {side: examine(side, text, code, packages) for side, text in named.items()}


def _unavailable(
    found: Mapping[Side, SideFacts], folder: Path, targets: set[Target]
) -> dict[Target, Reason]:
    """Ask both sides for each target; the first that cannot serve one gives the reason."""
    reasons: dict[Target, Reason] = {}
    for facts in found.values():
        left = targets - set(reasons)
        reasons |= facts.unavailable(left, folder) if left else {}
    return reasons


@dataclass(frozen=True, slots=True)
class _Candidates:
    """By case id, what the candidate measures instead, or why it cannot."""

    found: Mapping[str, Instead]
    skipped: Mapping[str, Reason]


def _instead(
    prepared: Prepared,
    interpreter: Interpreter,
    planted: Mapping[str, Case],
    cache: Path,
    listener: Listener,
) -> _Candidates:
    """Make what the candidate has its own copy of: the user's networks, and what was planted.

    Control cases have both sides of the baseline.
    """
    live = [case for case in prepared.cases if case.id in prepared.material and not case.replica]
    own = {case.id: case for case in live if is_own(case.model)}
    wanted = {**own, **{case.id: planted[case.id] for case in live if case.id in planted}}
    if not wanted:
        return _Candidates({}, {})
    made = gather(wanted.values(), cache, listener.message, interpreter)
    things = {case_id: (case, made[case.id]) for case_id, case in wanted.items()}
    return _Candidates(
        found={
            case_id: Instead(case, thing)
            for case_id, (case, thing) in things.items()
            if isinstance(thing, Material)
        },
        skipped={
            case_id: of_side(Side.CANDIDATE, thing)
            for case_id, (_, thing) in things.items()
            if isinstance(thing, Reason)
        },
    )
