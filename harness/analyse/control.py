"""Does the control case, the same case measured once more in the same run, agree with its twin?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.core.case import Scenario
from harness.core.record import Record, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlResult:
    """The control case beside its twin."""

    ratio: float | None
    """Of the quiet latency, or the quiet throughput; None where one of them has none."""
    agrees: bool | None
    """Whether the two intervals overlap; None where that cannot be told."""
    sentence: str


def control_check(records: Sequence[Record]) -> ControlResult:
    """Hold the first control case against its twin."""
    control = next((record for record in records if record.case.replica), None)
    if control is None:
        return _unknown("There is no control case in this run.")
    twin_case = replace(control.case, replica=0)
    twin = next((record for record in records if record.case.id == twin_case.id), None)
    if twin is None:
        return _unknown(f"{control.case.slug}: the case it repeats is not in this run.")
    name = _metric(control)
    ours, theirs = control.values[name], twin.values[name]
    if ours.value is None or theirs.value is None:
        reason = ours.reason or theirs.reason
        return _unknown(f"{control.case.slug}: cannot be held against its twin ({reason}).")
    ratio = ours.value / theirs.value
    agrees = _overlap(ours, theirs)
    said = {
        None: "one of the two has no interval, so nothing is proven",
        True: "the intervals overlap",
        False: "the intervals do NOT overlap: differences of this size between cases mean nothing",
    }[agrees]
    sentence = f"{control.case.slug}: {ratio:.3f} of its twin in {name}; {said}."
    return ControlResult(ratio=ratio, agrees=agrees, sentence=sentence)


def _metric(record: Record) -> str:
    offline = record.case.scenario is Scenario.OFFLINE
    return "throughput_quiet" if offline else "latency_quiet"


def _unknown(sentence: str) -> ControlResult:
    return ControlResult(ratio=None, agrees=None, sentence=sentence)


def _overlap(first: Value, second: Value) -> bool | None:
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return None
    return first.low <= second.high and second.low <= first.high
