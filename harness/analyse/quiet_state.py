"""What a case costs while the machine is quiet, and how often it was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from harness.analyse.estimate import arithmetic, geometric, notes, null
from harness.analyse.evidence import Evidence, Flags, Readings
from harness.core.reason import ReasonCode
from harness.core.record import Value
from harness.statistics.quiet import fewest_quiet


def latency_quiet(metric: str, evidence: Evidence) -> Value:
    """Return the median latency of the quiet state.

    Per trial the median of the medians of its quiet slices without warm-up, hunted for or not,
    where they are enough; over trials the geometric mean.
    """
    usable = [one.is_quiet & one.settled & np.isfinite(one.typical_s) for one in evidence.readings]
    return _quiet_value(metric, evidence, usable, _median_of_medians)


def throughput_quiet(metric: str, evidence: Evidence) -> Value:
    """Return items per second of the quiet state.

    Per trial all items over all time of its quiet slices without warm-up, where they are enough;
    over trials the geometric mean.
    """
    batch = evidence.case.batch_size
    usable = [one.is_quiet & one.settled & (one.iterations > 0) for one in evidence.readings]
    return _quiet_value(metric, evidence, usable, lambda one, chosen: batch * rate(one, chosen))


def rate(one: Readings, chosen: Flags) -> float:
    """Return iterations per second of some slices; zero where the clock read no time."""
    seconds = float(one.durations_s[chosen].sum())
    return float(one.iterations[chosen].sum()) / seconds if seconds > 0 else 0.0


def quiet_share(metric: str, evidence: Evidence) -> Value:
    """Return the share of slices taken in turn that were quiet: the mean of the trials' shares."""
    if evidence.level is None:
        return null(metric, ReasonCode.NOT_MEASURED, "no probe was read")
    taken = [one for one in evidence.readings if one.in_turn.any()]
    if not taken:
        return null(metric, ReasonCode.NOT_MEASURED, "no slice was taken")
    shares = [float(one.is_quiet[one.in_turn].mean()) for one in taken]
    slices = sum(int(one.in_turn.sum()) for one in taken)
    return arithmetic(metric, shares, n_samples=slices, highest=1.0, note=evidence.unanchored)


def _quiet_value(
    metric: str,
    evidence: Evidence,
    usable: list[Flags],
    estimate: Callable[[Readings, Flags], float],
) -> Value:
    if evidence.level is None:
        return null(metric, ReasonCode.NOT_MEASURED, "no probe was read")
    pairs = zip(evidence.readings, usable, strict=True)
    used = [(one, chosen) for one, chosen in pairs if chosen.sum() >= _fewest(one)]
    if not used:
        return _unquiet(metric, evidence, usable)
    return geometric(
        metric,
        [estimate(one, chosen) for one, chosen in used],
        n_samples=sum(int(one.iterations[chosen].sum()) for one, chosen in used),
        note=notes(evidence.unanchored, evidence.unsteady),
    )


def _fewest(one: Readings) -> int:
    return fewest_quiet(float(np.median(one.durations_s)) if one.durations_s.size else 0.0)


def _unquiet(metric: str, evidence: Evidence, usable: list[Flags]) -> Value:
    found = ", ".join(f"{chosen.sum()} of {chosen.size}" for chosen in usable) or "none"
    needed = max(map(_fewest, evidence.readings), default=0)
    detail = f"a trial needs {needed} quiet slices (has {found})"
    hint = "give each case more time, or measure while nothing else uses the machine"
    return null(metric, ReasonCode.MACHINE_UNQUIET, detail, hint)


def _median_of_medians(one: Readings, chosen: Flags) -> float:
    return float(np.median(one.typical_s[chosen]))
