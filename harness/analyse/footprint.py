"""What a case costs before its first sample, and what it takes up: time, disk and memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.analyse.estimate import arithmetic, geometric, null
from harness.analyse.evidence import SECONDS_PER_NS, Evidence
from harness.core.reason import ReasonCode
from harness.core.record import Value
from harness.core.trial import HostMemory


def prepare_time(metric: str, evidence: Evidence) -> Value:
    """Return the geometric mean over trials of the time to prepare."""
    return _once_a_trial(metric, [trial.prepare_time_ns for trial in evidence.timing])


def first_inference(metric: str, evidence: Evidence) -> Value:
    """Return the geometric mean over trials of the first iteration."""
    return _once_a_trial(metric, [trial.first_inference_ns for trial in evidence.timing])


def artifact_bytes(metric: str, evidence: Evidence) -> Value:
    """Return the size of the artifact: the same in every trial, unless it was remade."""
    trials = (*evidence.timing, *evidence.memory)
    sizes = [trial.artifact_bytes for trial in trials if trial.artifact_bytes is not None]
    if not sizes:
        return null(metric, ReasonCode.NOT_MEASURED, "no trial kept the artifact's size")
    return arithmetic(metric, sizes, n_samples=len(sizes))


def peak_rss(metric: str, evidence: Evidence) -> Value:
    """Return the high-water mark of all phases."""
    return _host_memory(metric, evidence, lambda held: max(held.load_peak, held.run_peak))


def runtime_rss(metric: str, evidence: Evidence) -> Value:
    """Return what interpreter and runtime hold before the load."""
    return _host_memory(metric, evidence, lambda held: held.runtime)


def load_peak_rss(metric: str, evidence: Evidence) -> Value:
    """Return the high-water mark of loading and preparing."""
    return _host_memory(metric, evidence, lambda held: held.load_peak)


def weights_rss(metric: str, evidence: Evidence) -> Value:
    """Return the anonymous memory that loading keeps, over the runtime's.

    Pages of libraries, which a first load maps as well, depend on what the kernel has cached.
    """
    return _host_memory(
        metric, evidence, lambda held: held.loaded_anonymous - held.runtime_anonymous
    )


def working_rss(metric: str, evidence: Evidence) -> Value:
    """Return the high-water mark of running, over the loaded model's."""
    return _host_memory(metric, evidence, lambda held: held.run_peak - held.loaded)


def device_memory_peak(metric: str, evidence: Evidence) -> Value:
    """Return the device memory of the process, by the driver."""
    if not evidence.case.target.is_cuda:
        return null(metric, ReasonCode.NOT_ON_THIS_DEVICE, "the CPU has the host's memory")
    held = [trial.memory for trial in evidence.memory if trial.memory is not None]
    peaks = [memory.device_peak for memory in held if memory.device_peak is not None]
    if peaks:
        return arithmetic(metric, peaks, n_samples=len(peaks))
    reasons = [memory.device_reason for memory in held if memory.device_reason is not None]
    if reasons:
        return Value(metric=metric, value=None, reason=reasons[0])
    return null(metric, ReasonCode.NOT_MEASURED, "no trial read the device's memory")


def no_energy(metric: str, evidence: Evidence) -> Value:
    """Say why there is no energy, as the run's own machine said."""
    return Value(metric=metric, value=None, reason=evidence.no_energy)


def _once_a_trial(metric: str, readings_ns: Sequence[int | None]) -> Value:
    seconds = [reading * SECONDS_PER_NS for reading in readings_ns if reading is not None]
    if not seconds:
        return null(metric, ReasonCode.NOT_MEASURED, "no trial kept it")
    return geometric(metric, seconds, n_samples=len(seconds))


def _host_memory(metric: str, evidence: Evidence, figure: Callable[[HostMemory], int]) -> Value:
    """Return the mean over memory trials; null where the meter contradicts itself in one.

    A mark below what the network cannot do without, or a difference below zero, is a bug in the
    meter: it is shown as one.
    """
    held = [trial.memory for trial in evidence.memory if trial.memory is not None]
    if not held:
        reasons = [trial.outcome.reason for trial in evidence.memory]
        known = next((reason for reason in reasons if reason is not None), None)
        if known is not None:
            return Value(metric=metric, value=None, reason=known)
        return null(metric, ReasonCode.NOT_MEASURED, "no memory pass was run")
    wrong = next((text for memory in held if (text := _contradiction(memory))), "")
    if wrong:
        return null(metric, ReasonCode.METER_READS_TOO_LOW, wrong, "please report it")
    return arithmetic(metric, [figure(memory) for memory in held], n_samples=len(held))


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
