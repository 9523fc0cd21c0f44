"""One run reduced to what is compared: the values of its trials, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from harness.analyse.compare.rules import QUIET, RULES
from harness.analyse.evidence import Evidence
from harness.analyse.level import own_level, run_level
from harness.analyse.quiet_state import quiet_paces
from harness.analyse.records import evidence_by_case, outcome_by_case
from harness.analyse.summary import ESTIMATES
from harness.analyse.trial_values import PER_TRIAL, trial_values
from harness.core.case import Case
from harness.core.metric import METRICS
from harness.core.reason import Reason, ReasonCode
from harness.core.run import Environment, QuietLevel, Run
from harness.core.trial import Outcome, Side

Key = tuple[str, str]
"""Case id and metric."""

_AGREEMENT = 0.05
"""Relative; quiet levels within it are one. Source: own measurement; the quiet level of the native
probe spreads by 0.7 % between processes, and its slow level is 18 % higher."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One side of one run, as the values of its trials."""

    path: str
    environment: Environment
    level: QuietLevel | None
    cases: tuple[Case, ...]
    """As asked for, whether they were measured or not."""
    values: Mapping[Key, tuple[float, ...]]
    """One a trial, in the metric's unit; missing where no trial has one."""
    reasons: Mapping[Key, Reason]
    """Why there is none."""
    unsteady: Mapping[str, str]
    """By case id, what is to be said of timings that never settled."""
    pace_ns: float | None = None
    """What the native probe read in the quiet state of this very run, whatever level was used."""
    paces: Mapping[Key, tuple[float, ...]] = field(default_factory=dict)
    """What it read beside each trial of a quiet metric, in ns; as long as the key's values."""


Again = Callable[[Measured, QuietLevel], Measured]
"""Reduces the same run once more, with its slices held against another level."""


def measure(
    run: Run,
    metrics: Iterable[str],
    side: Side = Side.BASE,
    level: QuietLevel | None = None,
) -> Measured:
    """Reduce one run.

    Args:
        run: Any, finished or not.
        metrics: Names of those to keep; each case has those of its scenario.
        side: Of an A/B run; every other run has base trials only.
        level: That slices are held against; None takes the run's own.
    """
    wanted, outcomes = tuple(metrics), outcome_by_case(run, side)
    found: dict[Key, tuple[float, ...] | Reason] = {}
    unsteady: dict[str, str] = {}
    paces: dict[Key, tuple[float, ...]] = {}
    evidence = evidence_by_case(run, side)
    for case in run.header.cases:
        case_id = case.id
        known = [metric for metric in wanted if case.scenario in METRICS[metric].scenarios]
        own = evidence.get(case_id)
        if own is not None:  # a copy, so that its arrays are let go of before the next case
            own = replace(own, level=level or own.level)
            unsteady[case_id] = own.unsteady
            paces |= {(case_id, one): quiet_paces(own) for one in known if one in QUIET}
        found |= {(case_id, one): _of_case(one, own, outcomes[case_id]) for one in known}
    own_pace = own_level(run)
    return Measured(
        path=run.path,
        environment=_environment(run, side),
        level=level or run_level(run),
        cases=run.header.cases,
        values={key: one for key, one in found.items() if not isinstance(one, Reason)},
        reasons={key: one for key, one in found.items() if isinstance(one, Reason)},
        unsteady={case_id: said for case_id, said in unsteady.items() if said},
        pace_ns=None if own_pace is None else own_pace.native_ns,
        paces={key: one for key, one in paces.items() if one},
    )


def _environment(run: Run, side: Side) -> Environment:
    second = run.header.candidate if side is Side.CANDIDATE else None
    return second or run.header.environment


def in_one_state(runs: Iterable[Measured], again: Again) -> tuple[tuple[Measured, ...], str]:
    """Hold the slices of all runs of one machine against one quiet level.

    A run that saw only the machine's slow state takes it for the quiet one. Levels that agree are
    left alone; else the lowest is the machine's.

    Returns:
        The runs, and a sentence where some were held against another level than their own.
    """
    found = tuple(runs)
    levels = sorted((run.level for run in found if run.level), key=lambda level: level.native_ns)
    if all(up.native_ns <= low.native_ns * (1 + _AGREEMENT) for low, up in pairwise(levels)):
        return found, ""
    lowest = levels[0]
    limit = lowest.native_ns * (1 + _AGREEMENT)
    moved = [run.level is not None and run.level.native_ns > limit for run in found]
    sentence = (
        f"{sum(moved)} of {len(found)} runs never saw this machine quiet, by the probes of the "
        "others: their slices are held against the level of those."
    )
    pairs = zip(found, moved, strict=True)
    return tuple(again(run, lowest) if is_moved else run for run, is_moved in pairs), sentence


def _of_case(
    metric: str, evidence: Evidence | None, outcome: Outcome
) -> tuple[float, ...] | Reason:
    """Return the values of one metric of one case, or the reason why there is none."""
    if evidence is None:
        detail = str(outcome.reason or outcome.status)
        hint = outcome.reason.hint if outcome.reason else ""
        return Reason(code=ReasonCode.CASE_NOT_MEASURED, detail=detail, hint=hint)
    found = trial_values(metric, evidence) if metric in PER_TRIAL else ()
    if found and (min(found) > 0 or RULES[metric].least > 0):
        return found
    unread = Reason(code=ReasonCode.TOO_FEW_SAMPLES, detail="no trial alone has enough")
    return ESTIMATES[metric](metric, evidence).reason or unread
