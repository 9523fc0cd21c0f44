"""How a case ended, over all its trials."""

from __future__ import annotations

from collections.abc import Sequence

from harness.core.reason import SKIPS, Reason, ReasonCode
from harness.core.trial import Outcome, Pass, Status, Trial

_COOLER = (
    "cool the board, or lower its power limit for every run alike; the power limit itself is no "
    "reason to leave a trial out"
)


def is_void(trial: Trial) -> bool:
    """Whether the trial's GPU was held back for too long: it says nothing of the network."""
    return trial.device is not None and trial.device.is_throttled


def void_outcome(trial: Trial) -> Outcome:
    """Say why nothing is left where every trial was like this one."""
    share = trial.device.disturbed_share() if trial.device is not None else None
    detail = f"clocks were held back in every trial, for {share or 0:.0%} of the last"
    reason = Reason(code=ReasonCode.DEVICE_THROTTLED, detail=detail, hint=_COOLER)
    return Outcome(status=Status.FAILED, reason=reason)


def outcome_of(skipped: Reason | None, trials: Sequence[Trial]) -> Outcome:
    """Judge one case.

    Failed where its artifact or any timing failed, whatever the others did; skipped where this
    machine cannot measure it, or the run ended before its first trial; else completed. A memory
    pass that failed is the reason of the figures it owes, and of no other.

    Args:
        skipped: Why the run did not even try, if so.
        trials: Of this case, in the order taken.
    """
    if skipped is not None:
        status = Status.SKIPPED if skipped.code in SKIPS else Status.FAILED
        return Outcome(status=status, reason=skipped)
    taken = [trial for trial in trials if trial.kind is Pass.TIMING]
    timing = [trial for trial in taken if not is_void(trial)]
    if taken and not timing:
        return void_outcome(taken[-1])
    for status in (Status.FAILED, Status.COMPLETED, Status.SKIPPED):
        found = [trial.outcome for trial in timing or trials if trial.outcome.status is status]
        if found:
            return found[0]
    reason = Reason(
        code=ReasonCode.NOT_MEASURED,
        detail="the run ended before its first trial",
        hint="resume the run",
    )
    return Outcome(status=Status.SKIPPED, reason=reason)
