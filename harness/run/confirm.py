"""Flagged cases, measured again with fresh rounds on the machine that raised the flag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from harness.analyse.baseline import CONFIRMATION
from harness.core.case import Case
from harness.core.errors import UsageError
from harness.core.run import Environment, RunHeader
from harness.environment.comparability import differing_keys
from harness.run import ab, start
from harness.run.expand import control
from harness.run.plan import make_plan
from harness.run.session import Listener
from harness.run.start import Places

_SHOWN: Final = 3
"""Differences that are named; the others are counted."""


def obstacle(run: RunHeader, now: Environment) -> str:
    """Say why this process cannot measure a run's cases again; empty where it can.

    The alarm has to be about what was measured: another machine, another version or another commit
    would be another question.

    Args:
        run: That raised the flags.
        now: This machine, and this process's software.
    """
    try:
        make_plan(run.plan)
    except UsageError as error:
        return f"the run has no plan that could be run again ({error})"
    then = run.environment
    found = dict(differing_keys(then, now))
    if then.host != now.host:
        found["host"] = then.host, now.host
    if run.candidate is None:
        found |= _versions(then, now)
    if not found:
        return ""
    named = [f"{key} was {old!r}, is {new!r}" for key, (old, new) in found.items()]
    more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    return f"the candidate was measured elsewhere: {', '.join(named[:_SHOWN])}{more}"


def measure_again(
    run: RunHeader, cases: Sequence[Case], places: Places, listener: Listener
) -> Path:
    """Measure these cases by the run's own plan, and one of them twice as a control.

    Args:
        run: That raised the flags; of an A/B run, both of its interpreters take turns again.
        cases: Flagged; at least one.
        places: Where the new run file goes, and the rest.
        listener: Who is told how far it is.

    Returns:
        The path of an ordinary run file.

    Raises:
        UsageError: an interpreter of an A/B run is gone, or is no longer what it was.
        StoreError: the run file cannot be written.
    """
    plan = make_plan(run.plan)
    wanted = (*cases, control(cases)) if plan.control else tuple(cases)
    command = ("scalecurve", "gate", CONFIRMATION, run.run_id)
    if run.candidate is None:
        return start.measure(wanted, plan, command, places, listener)
    sides = ab.Sides(base=_executable(run.environment), candidate=_executable(run.candidate))
    return ab.measure(wanted, plan, sides, command, places=places, listener=listener)


def _executable(environment: Environment) -> str:
    found = environment.system.get("executable", "")
    if not Path(found).is_file():
        raise UsageError(f"the interpreter {found!r} of this A/B run is not there any more")
    return found


def _versions(then: Environment, now: Environment) -> Mapping[str, tuple[str, str]]:
    """Return the packages, and the commit, that are not what they were."""
    old = {**then.versions, "commit": then.source.get("commit", "")}
    new = {**now.versions, "commit": now.source.get("commit", "")}
    pairs = {name: (old.get(name, "none"), new.get(name, "none")) for name in {*old, *new}}
    return {name: pair for name, pair in sorted(pairs.items()) if pair[0] != pair[1]}
