"""From a run to its records: one a case, in the order asked for. Nothing of it is ever stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.analyse.evidence import Evidence
from harness.analyse.level import run_level
from harness.analyse.outcome import is_void, outcome_of, void_outcome
from harness.analyse.summary import summarise, without_values
from harness.core.case import Case
from harness.core.reason import Reason, ReasonCode
from harness.core.record import Record
from harness.core.run import Environment, Run
from harness.core.trial import Outcome, Pass, Side, Status, Trial, Verification


def records(run: Run, side: Side = Side.BASE) -> tuple[Record, ...]:
    """Work out every case of a run; the order of its trials in the file does not matter.

    Args:
        run: Any, finished or not.
        side: Of an A/B run, whose trials to look at; every other run has base trials only.
    """
    trials = _by_case(run, side)
    outcomes = _outcomes(run, trials)
    evidence = _evidence(run, side, trials, outcomes)
    return tuple(
        Record(
            case=case,
            parameter_count=run.header.parameter_counts.get(case.id),
            outcome=outcomes[case.id],
            values=summarise(evidence[case.id])
            if case.id in evidence
            else without_values(case, outcomes[case.id]),
            effective=next((trial.effective for trial in trials[case.id] if trial.effective), {}),
            verification=_worst(trials[case.id]),
            facts=run.header.variants.get(case.id),
        )
        for case in run.header.cases
    )


def evidence_by_case(run: Run, side: Side = Side.BASE) -> Mapping[str, Evidence]:
    """Return what the trials of one side left, by the id of every case that completed."""
    trials = _by_case(run, side)
    return _evidence(run, side, trials, _outcomes(run, trials))


def outcome_by_case(run: Run, side: Side = Side.BASE) -> Mapping[str, Outcome]:
    """Return how every case of a run ended on one side, by its id."""
    return _outcomes(run, _by_case(run, side))


def _by_case(run: Run, side: Side) -> Mapping[str, Sequence[Trial]]:
    """Return the trials of every case of the run, in the order in which they were started."""
    trials: dict[str, list[Trial]] = {case.id: [] for case in run.header.cases}
    for trial in sorted(run.trials, key=lambda one: (one.started_at, one.round, one.kind)):
        if trial.side is side:
            trials[trial.case_id].append(trial)
    return trials


def _outcomes(run: Run, trials: Mapping[str, Sequence[Trial]]) -> Mapping[str, Outcome]:
    return {
        case_id: outcome_of(run.header.skipped.get(case_id), of_case)
        for case_id, of_case in trials.items()
    }


def _evidence(
    run: Run,
    side: Side,
    trials: Mapping[str, Sequence[Trial]],
    outcomes: Mapping[str, Outcome],
) -> Mapping[str, Evidence]:
    level = run_level(run)
    environment = run.header.environment
    if side is Side.CANDIDATE and run.header.candidate is not None:
        environment = run.header.candidate
    return {
        case_id: Evidence(
            case=case,
            timing=tuple(trial for trial in _timed(trials[case_id]) if not is_void(trial)),
            void=sum(is_void(trial) for trial in _timed(trials[case_id])),
            memory=tuple(trial for trial in trials[case_id] if trial.kind is Pass.MEMORY),
            level=level,
            no_energy=_switched_off(run) or no_energy_reason(environment, case),
            energy=_energies(trials[case_id]),
            parameter_count=run.header.parameter_counts.get(case_id),
        )
        for case, case_id in zip(run.header.cases, trials, strict=True)
        if outcomes[case_id].status is Status.COMPLETED
    }


def no_energy_reason(environment: Environment, case: Case | None = None) -> Reason:
    """Return why the run's machine could not measure energy, as it said at the time.

    Args:
        environment: Of the run.
        case: Of whose device; the processor where none is given.
    """
    system = environment.system
    on_gpu = case is not None and case.target.is_cuda
    kind = "gpu_energy" if on_gpu else "energy"
    try:
        code = ReasonCode(system.get(f"{kind}_reason_code", ""))
    except ValueError:
        if on_gpu:
            detail = "the run read no counter of a GPU"
            return Reason(code=ReasonCode.NO_ENERGY_WINDOW, detail=detail)
        return Reason(code=ReasonCode.NOT_MEASURED, detail="no energy was measured")
    return Reason(
        code=code,
        detail=system.get(f"{kind}_reason_detail", ""),
        hint=system.get(f"{kind}_hint", ""),
    )


def _switched_off(run: Run) -> Reason | None:
    if run.header.plan.get("energy", True):
        return None
    detail = "the plan leaves energy out"
    return Reason(code=ReasonCode.DISABLED_BY_USER, detail=detail, hint="run with --energy")


def _energies(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """Return the energy trials whose GPU was not held back; where all were, the reason alone."""
    found = [trial for trial in trials if trial.kind is Pass.ENERGY]
    whole = tuple(trial for trial in found if not is_void(trial))
    if found and not whole:
        return (replace(found[-1], energy=None, outcome=void_outcome(found[-1])),)
    return whole


def _timed(trials: Sequence[Trial]) -> list[Trial]:
    """Return the timing trials that completed."""
    completed = (trial for trial in trials if trial.outcome.status is Status.COMPLETED)
    return [trial for trial in completed if trial.kind is Pass.TIMING]


def _worst(trials: Sequence[Trial]) -> Verification | None:
    """Return the largest error of any trial; None where nothing was verified."""
    known = [trial.verification for trial in trials if trial.verification is not None]
    return max(known, key=lambda one: one.error, default=None)
