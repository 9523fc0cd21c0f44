"""Whether runs may be held against each other at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.analyse.compare.measured import Measured
from harness.analyse.compare.rules import QUIET
from harness.analyse.compare.settings import EVERY_HARD_KEY, Settings
from harness.core.errors import NotComparable
from harness.environment.comparability import differing_keys

PROBE_KEY = "probe_version"
"""Beside the hard keys: another probe's quiet state is another state."""

_UNVERSIONED = 0
"""The version of a level that was worked out from a run that had no end."""


def require_comparable(
    base: Sequence[Measured], candidate: Sequence[Measured], settings: Settings
) -> Mapping[str, tuple[str, str]]:
    """Return the keys in which runs differ, all of them allowed.

    Raises:
        NotComparable: one is not, and the message names every such key with both values; or no
            case is in both.
    """
    runs = (*base, *candidate)
    found: dict[str, tuple[str, str]] = {}
    for run in runs[1:]:
        for key, pair in differing_keys(runs[0].environment, run.environment).items():
            found.setdefault(key, pair)
    if QUIET & {*settings.compared}:
        found.update(_probes(runs))
    refused = {key: pair for key, pair in found.items() if not _is_allowed(key, settings.across)}
    if refused:
        lines = "\n".join(f"  {key}: {ours} | {theirs}" for key, (ours, theirs) in refused.items())
        keys = EVERY_HARD_KEY if PROBE_KEY not in refused else ",".join(refused)
        raise NotComparable(
            f"not comparable: {base[0].path} and {candidate[0].path} differ in\n{lines}\n"
            f"measure both on equal machines, or allow it by --across {keys}"
        )
    theirs = {case.id for run in candidate for case in run.cases}
    if not any(case.id in theirs for run in base for case in run.cases):
        raise NotComparable(
            f"not comparable: {base[0].path} and {candidate[0].path} have no case in common"
        )
    return found


def _probes(runs: Sequence[Measured]) -> dict[str, tuple[str, str]]:
    """Return the versions of the probes where two differ."""
    versions = {
        run.level.probe_version: None
        for run in runs
        if run.level is not None and run.level.probe_version != _UNVERSIONED
    }
    first, *others = map(str, versions) if versions else [""]
    return {PROBE_KEY: (first, others[0])} if others else {}


def _is_allowed(key: str, across: frozenset[str]) -> bool:
    return key in across or (EVERY_HARD_KEY in across and key != PROBE_KEY)
