"""What a case costs before its first sample, and what it takes up: time, disk and memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from harness.analyse.estimate import arithmetic, geometric, null
from harness.analyse.evidence import SECONDS_PER_NS, Evidence, PerTrial
from harness.core.reason import ReasonCode
from harness.core.record import Value
from harness.core.trial import HostMemory
from model_zoo.export.precision import BYTES_OF


def prepare_time(metric: str, evidence: Evidence) -> Value:
    """Return the geometric mean over trials of the time to prepare."""
    return _once_a_trial(metric, prepare_times(evidence))


def first_inference(metric: str, evidence: Evidence) -> Value:
    """Return the geometric mean over trials of the first iteration."""
    return _once_a_trial(metric, first_inferences(evidence))


def prepare_times(evidence: Evidence) -> PerTrial:
    """Return each trial's time to prepare, in seconds."""
    return _seconds(trial.prepare_time_ns for trial in evidence.timing)


def first_inferences(evidence: Evidence) -> PerTrial:
    """Return each trial's first iteration, in seconds."""
    return _seconds(trial.first_inference_ns for trial in evidence.timing)


def artifact_bytes(metric: str, evidence: Evidence) -> Value:
    """Return the size of the artifact: the same in every trial, unless it was remade."""
    sizes = artifact_sizes(evidence)
    if not sizes.values:
        return null(metric, ReasonCode.NOT_MEASURED, "no trial kept the artifact's size")
    return arithmetic(metric, sizes.values, n_samples=sizes.n_samples)


def artifact_sizes(evidence: Evidence) -> PerTrial:
    """Return each trial's artifact size, in bytes; trials of memory have one as well."""
    trials = (*evidence.timing, *evidence.memory)
    return _readings(trial.artifact_bytes for trial in trials)


HOST_MEMORY: Final[Mapping[str, Callable[[HostMemory], int]]] = {
    "peak_rss": lambda held: max(held.load_peak, held.run_peak),
    "runtime_rss": lambda held: held.runtime,
    "load_peak_rss": lambda held: held.load_peak,
    "weights_rss": lambda held: held.loaded_anonymous - held.runtime_anonymous,
    "working_rss": lambda held: held.run_peak - held.loaded,
}
"""By metric, its bytes of one trial.

What loading keeps is counted in anonymous memory: pages of libraries, which a first load maps as
well, depend on what the kernel has cached.
"""


def host_memory(metric: str, evidence: Evidence) -> Value:
    """Return the mean over memory trials; null where the meter contradicts itself in one.

    A mark below what the network cannot do without, or a difference below zero, is a bug in the
    meter: it is shown as one.
    """
    held = _held(evidence)
    if not held:
        reasons = [trial.outcome.reason for trial in evidence.memory]
        known = next((reason for reason in reasons if reason is not None), None)
        if known is not None:
            return Value(metric=metric, value=None, reason=known)
        return null(metric, ReasonCode.NOT_MEASURED, "no memory pass was run")
    wrong = next((text for memory in held if (text := _contradiction(memory))), "")
    if wrong:
        return null(metric, ReasonCode.METER_READS_TOO_LOW, wrong, "please report it")
    figures = host_figures(metric, evidence)
    if not figures.values:
        detail = "less anonymous memory than weights: the runtime maps them from their file"
        return null(metric, ReasonCode.METER_READS_TOO_LOW, detail, "look at peak_rss")
    return arithmetic(metric, figures.values, n_samples=figures.n_samples)


def host_figures(metric: str, evidence: Evidence) -> PerTrial:
    """Return each memory trial's bytes of a metric; none where the meter contradicts itself.

    Nor are there any of the weights where one reading is below what they take.
    """
    held = _held(evidence)
    found = _readings(map(HOST_MEMORY[metric], held))
    is_low = metric == "weights_rss" and min(found.values, default=0) < _least_kept(evidence)
    if is_low or any(map(_contradiction, held)):
        return PerTrial(values=(), n_samples=0)
    return found


def device_peaks(evidence: Evidence) -> PerTrial:
    """Return each memory trial's bytes on the device, where the driver gave them."""
    return _readings(memory.device_peak for memory in _held(evidence))


def device_memory_peak(metric: str, evidence: Evidence) -> Value:
    """Return the device memory of the process, by the driver."""
    if not evidence.case.target.is_cuda:
        return null(metric, ReasonCode.NOT_ON_THIS_DEVICE, "the CPU has the host's memory")
    peaks = device_peaks(evidence)
    if peaks.values:
        return arithmetic(metric, peaks.values, n_samples=peaks.n_samples)
    found = (memory.device_reason for memory in _held(evidence))
    reasons = [reason for reason in found if reason is not None]
    if reasons:
        return Value(metric=metric, value=None, reason=reasons[0])
    return null(metric, ReasonCode.NOT_MEASURED, "no trial read the device's memory")


def _once_a_trial(metric: str, seconds: PerTrial) -> Value:
    if not seconds.values:
        return null(metric, ReasonCode.NOT_MEASURED, "no trial kept it")
    return geometric(metric, seconds.values, n_samples=seconds.n_samples)


def _seconds(readings_ns: Iterable[int | None]) -> PerTrial:
    return _readings(None if ns is None else ns * SECONDS_PER_NS for ns in readings_ns)


def _readings(readings: Iterable[float | None]) -> PerTrial:
    values = tuple(reading for reading in readings if reading is not None)
    return PerTrial(values=values, n_samples=len(values))


def _held(evidence: Evidence) -> list[HostMemory]:
    return [trial.memory for trial in evidence.memory if trial.memory is not None]


def _least_kept(evidence: Evidence) -> float:
    """Return the bytes of the weights; below zero where nobody knows how many there are."""
    if evidence.parameter_count is None:
        return -math.inf
    return evidence.parameter_count * BYTES_OF[evidence.case.target.precision]


def _contradiction(held: HostMemory) -> str:
    """Say what cannot be true of one reading; empty where everything can."""
    peak = max(held.load_peak, held.run_peak)
    least = held.runtime + held.lower_bound
    if peak < least:
        return f"the mark reads {peak} B; runtime and network need {least} B"
    if held.loaded < held.runtime:
        return f"{held.loaded} B after the load, {held.runtime} B before it"
    if held.run_peak < held.loaded:
        return f"the mark of running reads {held.run_peak} B; {held.loaded} B were held before it"
    return ""
