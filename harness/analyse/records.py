"""From a run to its records: one a case, in the order asked for. Nothing of it is ever stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from harness.analyse.evidence import Evidence
from harness.analyse.level import run_level
from harness.analyse.outcome import outcome_of
from harness.analyse.summary import summarise, without_values
from harness.core.case import Case
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Record
from harness.core.run import Environment, QuietLevel, Run
from harness.core.trial import Pass, Status, Trial, Verification


def records(run: Run) -> tuple[Record, ...]:
    """Work out every case of a run; the order of its trials in the file does not matter."""
    trials: dict[str, list[Trial]] = defaultdict(list)
    for trial in sorted(run.trials, key=lambda one: (one.started_at, one.round, one.kind)):
        trials[trial.case_id].append(trial)
    level = run_level(run)
    return tuple(_record(case, run, trials[case.id], level) for case in run.header.cases)


def _record(case: Case, run: Run, trials: Sequence[Trial], level: QuietLevel | None) -> Record:
    outcome = outcome_of(run.header.skipped.get(case.id), trials)
    if outcome.status is Status.COMPLETED:
        evidence = Evidence(
            case=case,
            timing=tuple(trial for trial in _completed(trials) if trial.kind is Pass.TIMING),
            memory=tuple(trial for trial in trials if trial.kind is Pass.MEMORY),
            level=level,
            no_energy=no_energy_reason(run.header.environment),
        )
        values = summarise(evidence)
    else:
        values = without_values(case, outcome)
    return Record(
        case=case,
        parameter_count=run.header.parameter_counts.get(case.id),
        outcome=outcome,
        values=values,
        effective=next((trial.effective for trial in trials if trial.effective), {}),
        verification=_worst(trials),
    )


def no_energy_reason(environment: Environment) -> Reason:
    """Return why the run's machine could not measure energy, as it said at the time."""
    system = environment.system
    try:
        code = ReasonCode(system.get("energy_reason_code", ""))
    except ValueError:
        return Reason(code=ReasonCode.NOT_MEASURED, detail="no energy was measured")
    return Reason(
        code=code,
        detail=system.get("energy_reason_detail", ""),
        hint=system.get("energy_hint", ""),
    )


def _completed(trials: Sequence[Trial]) -> list[Trial]:
    return [trial for trial in trials if trial.outcome.status is Status.COMPLETED]


def _worst(trials: Sequence[Trial]) -> Verification | None:
    """Return the largest error of any trial; None where nothing was verified."""
    known = [trial.verification for trial in trials if trial.verification is not None]
    return max(known, key=lambda one: one.error, default=None)
