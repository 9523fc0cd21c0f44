"""What a case costs while the machine is quiet, and how often it was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from harness.analyse.estimate import arithmetic, geometric, notes, null
from harness.analyse.evidence import Evidence, Flags, PerTrial, Readings
from harness.core.case import Case, Scenario
from harness.core.reason import ReasonCode
from harness.core.record import Value
from harness.statistics.order import sample_quantile
from harness.statistics.quiet import fewest_quiet


def latency_quiet(metric: str, evidence: Evidence) -> Value:
    """Return the median latency of the quiet state: over trials the geometric mean."""
    return _quiet_value(metric, evidence, quiet_latencies(evidence))


def throughput_quiet(metric: str, evidence: Evidence) -> Value:
    """Return items per second of the quiet state: over trials the geometric mean."""
    return _quiet_value(metric, evidence, quiet_throughputs(evidence))


def quiet_latencies(evidence: Evidence) -> PerTrial:
    """Return each trial's median of the medians of its quiet slices without warm-up, in seconds.

    Slices that were hunted for count as well. A trial with too few quiet slices has no value.
    """
    return _per_trial(evidence, _median_of_medians)


def quiet_throughputs(evidence: Evidence) -> PerTrial:
    """Return each trial's items over time of its quiet slices without warm-up, per second.

    Slices that were hunted for count as well. A trial with too few quiet slices has no value.
    """
    at_once = items_at_once(evidence.case)
    return _per_trial(evidence, lambda one, chosen: at_once * rate(one, chosen))


def items_at_once(case: Case) -> int:
    """Return the items that are under way while all processes of a case do an iteration."""
    return case.batch_size * case.processes


def quiet_paces(evidence: Evidence) -> tuple[float, ...]:
    """Return what the native probe read beside the quiet slices, in ns: one median a trial.

    Of the same trials, in the same order, as `quiet_latencies` and `quiet_throughputs`.
    """
    return _per_trial(evidence, _pace).values


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


def _per_trial(evidence: Evidence, estimate: Callable[[Readings, Flags], float]) -> PerTrial:
    pairs = [(one, _usable(one, evidence)) for one in evidence.readings]
    used = [(one, chosen) for one, chosen in pairs if chosen.sum() >= _fewest(one)]
    return PerTrial(
        values=tuple(estimate(one, chosen) for one, chosen in used),
        n_samples=sum(int(one.iterations[chosen].sum()) for one, chosen in used),
    )


def _usable(one: Readings, evidence: Evidence) -> Flags:
    """Return the slices that count for the quiet state: (m,)."""
    filled = (
        one.iterations > 0
        if evidence.case.scenario is Scenario.OFFLINE
        else np.isfinite(one.typical_s)
    )
    return one.is_quiet & one.settled & filled


def _quiet_value(metric: str, evidence: Evidence, trials: PerTrial) -> Value:
    if evidence.level is None:
        return null(metric, ReasonCode.NOT_MEASURED, "no probe was read")
    if not trials.values:
        return _unquiet(metric, evidence)
    return geometric(
        metric,
        trials.values,
        n_samples=trials.n_samples,
        note=notes(evidence.unanchored, evidence.unsteady),
    )


def _fewest(one: Readings) -> int:
    return fewest_quiet(sample_quantile(one.durations_s, 1 / 2) if one.durations_s.size else 0.0)


def _unquiet(metric: str, evidence: Evidence) -> Value:
    usable = [_usable(one, evidence) for one in evidence.readings]
    found = ", ".join(f"{chosen.sum()} of {chosen.size}" for chosen in usable) or "none"
    needed = max(map(_fewest, evidence.readings), default=0)
    detail = f"a trial needs {needed} quiet slices (has {found})"
    if usable and all(0 < chosen.size < needed for chosen in usable):
        hint = "give each case more time: no trial had as many slices, quiet or not"
        return null(metric, ReasonCode.TOO_FEW_SAMPLES, detail, hint)
    hint = "give each case more time, or measure while nothing else uses the machine"
    return null(metric, ReasonCode.MACHINE_UNQUIET, detail, hint)


def _pace(one: Readings, chosen: Flags) -> float:
    slices = one.timeline.slices
    native_ns = np.array(one.timeline.probes.native_ns, dtype=np.float64)
    beside = [np.array(side, dtype=np.int64)[chosen] for side in (slices.before, slices.after)]
    return sample_quantile(native_ns[np.concatenate(beside)], 1 / 2)


def _median_of_medians(one: Readings, chosen: Flags) -> float:
    return sample_quantile(one.typical_s[chosen], 1 / 2)
