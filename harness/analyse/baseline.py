"""Which run a candidate is held against, and what is to be said of that choice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from harness.analyse.compare.comparable import PROBE_KEY
from harness.analyse.compare.settings import EVERY_HARD_KEY
from harness.analyse.reduced import Reduced
from harness.core.errors import NotComparable, StoreError
from harness.core.run import RunHeader
from harness.environment.comparability import differing_keys
from harness.store.header import moment

CONFIRMATION: Final = "--confirming"
"""Word in the command of a run that measured flagged cases again; such a run is no baseline."""

MAX_AGE_DAYS: Final = 30.0
"""Beyond it a baseline is stale: machines, images and drivers change under it."""

_DAY: Final = timedelta(days=1)
_SHOWN: Final = 120
"""Characters of one value of a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The run that a candidate is held against."""

    run: Reduced
    age_days: float
    """By how much it is older than the candidate."""
    warnings: tuple[str, ...] = ()
    """What makes it stale; to be said loudly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is asked of a baseline."""

    max_age_days: float = MAX_AGE_DAYS
    across: frozenset[str] = frozenset()
    """Hard keys that may differ; `machine` stands for every one."""


def named_baseline(run: Reduced, candidate: RunHeader, choice: Choice) -> Baseline:
    """Take this very run.

    Raises:
        NotComparable: it is the candidate itself, or of other hard keys, or of other cases.
    """
    why = _unfit(run.header, candidate) or _unlike(run.header, candidate, choice)
    if why:
        raise NotComparable(f"{run.path} is no baseline: {why}")
    return _baseline(run, candidate, choice, ())


def newest_baseline(
    found: Iterable[tuple[Path, RunHeader]],
    candidate: RunHeader,
    choice: Choice,
    read: Callable[[Path], Reduced],
) -> Baseline:
    """Take the newest finished run that is comparable, of the same cases, and older.

    Args:
        found: Runs, the newest first.
        candidate: What is asked about.
        choice: What is asked of the baseline.
        read: Reads the run that is chosen.

    Raises:
        NotComparable: there is none; the message names how the nearest differs.
    """
    passed = _Passed()
    for path, header in found:
        if _unfit(header, candidate):
            continue
        if _unlike(header, candidate, choice):
            passed.add(path, header, candidate, choice)
            continue
        try:
            run = read(path)
        except StoreError:
            passed.unreadable += 1
            continue
        if not run.is_ended:
            passed.unfinished += 1
            continue
        return _baseline(run, candidate, choice, passed.told())
    raise NotComparable(passed.complaint(candidate, choice))


@dataclass(slots=True)
class _Passed:
    """Runs that were passed over, the newest first."""

    other: list[tuple[Path, RunHeader]] = field(default_factory=list)
    """Of the same cases, under other conditions."""
    unrelated: int = 0
    unfinished: int = 0
    unreadable: int = 0

    def add(self, path: Path, header: RunHeader, candidate: RunHeader, choice: Choice) -> None:
        """Remember a run that is unlike the candidate."""
        if blocking_keys(header, candidate, choice.across):
            self.other.append((path, header))
        else:
            self.unrelated += 1

    def told(self) -> tuple[str, ...]:
        """Say how many newer runs were not used, and why."""
        parts = (
            f"{len(self.other)} of other hard keys" if self.other else "",
            f"{self.unfinished} unfinished" if self.unfinished else "",
            f"{self.unreadable} unreadable" if self.unreadable else "",
        )
        reasons = ", ".join(part for part in parts if part)
        return (f"newer runs were passed over: {reasons}",) if reasons else ()

    def complaint(self, candidate: RunHeader, choice: Choice) -> str:
        """Say that there is no baseline, and how the nearest differs."""
        lines = "no comparable baseline"
        counted = {
            "unfinished": self.unfinished,
            "unreadable": self.unreadable,
            "without a case in common": self.unrelated,
        }
        passed = ", ".join(f"{count} {what}" for what, count in counted.items() if count)
        lines += f"; {passed}" if passed else ""
        if not self.other:
            return f"{lines}; measure one on this machine first"
        path, nearest = min(
            self.other, key=lambda pair: len(blocking_keys(pair[1], candidate, choice.across))
        )
        keys = told_keys(blocking_keys(nearest, candidate, choice.across))
        return f"{lines}; the nearest, {path.name}, differs: {keys}"


def blocking_keys(
    base: RunHeader, candidate: RunHeader, across: Collection[str]
) -> Mapping[str, tuple[str, str]]:
    """Return the hard keys that differ and may not, each with both values; then the probes."""
    differing = differing_keys(base.environment, candidate.environment)
    free = differing if EVERY_HARD_KEY in across else across
    found = {name: pair for name, pair in differing.items() if name not in free}
    if base.level is not None and candidate.level is not None and PROBE_KEY not in across:
        versions = str(base.level.probe_version), str(candidate.level.probe_version)
        if versions[0] != versions[1]:
            found[PROBE_KEY] = versions
    return found


def told_keys(differing: Mapping[str, tuple[str, str]]) -> str:
    """Write differing keys for people."""
    return ", ".join(
        f"{name} was {old[:_SHOWN]!r}, is {new[:_SHOWN]!r}"
        for name, (old, new) in differing.items()
    )


def is_candidate(header: RunHeader) -> bool:
    """Whether a run asks a question of its own, and does not only measure flagged cases again."""
    return CONFIRMATION not in header.command


def _unfit(header: RunHeader, candidate: RunHeader) -> str:
    """Say why a run is none that a candidate could be held against, whatever it measured."""
    if header.run_id == candidate.run_id:
        return "it is the candidate itself"
    if header.candidate is not None:
        return "it holds two sides of its own"
    if not is_candidate(header):
        return "it measured flagged cases again"
    if _age_days(header, candidate) < 0:
        return "it is newer than the candidate"
    return ""


def _unlike(header: RunHeader, candidate: RunHeader, choice: Choice) -> str:
    differing = blocking_keys(header, candidate, choice.across)
    if differing:
        return told_keys(differing)
    common = {case.id for case in header.cases} & {case.id for case in candidate.cases}
    return "" if common else "it has no case in common with the candidate"


def _baseline(
    run: Reduced, candidate: RunHeader, choice: Choice, passed: tuple[str, ...]
) -> Baseline:
    age = _age_days(run.header, candidate)
    warnings = []
    if age > choice.max_age_days:
        warnings.append(
            f"stale baseline: {age:.0f} days older than the candidate, {choice.max_age_days:g} "
            "are allowed; measure a new one"
        )
    allowed = differing_keys(run.header.environment, candidate.environment)
    if allowed:
        warnings.append(f"baseline of another machine, as was allowed: {told_keys(allowed)}")
    if not run.is_ended:
        warnings.append("the baseline did not end: its cases may have fewer rounds")
    return Baseline(run=run, age_days=age, warnings=(*warnings, *passed))


def _age_days(header: RunHeader, candidate: RunHeader) -> float:
    """Return by how many days a run is older; 0 where one of the two has no readable time."""
    try:
        return (moment(candidate.started_at) - moment(header.started_at)) / _DAY
    except (ValueError, OverflowError):
        return 0.0
