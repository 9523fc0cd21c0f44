"""What a case costs before its first sample, and what it takes up: time, disk and memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from harness.analyse.crew import together
from harness.analyse.estimate import arithmetic, geometric, null
from harness.analyse.evidence import SECONDS_PER_NS, Evidence, PerTrial
from harness.core.reason import ReasonCode
from harness.core.record import Value
from harness.core.trial import HostMemory
from model_zoo.export.precision import BYTES_OF

_AGREEMENT: Final = 0.01
"""Relative; the kernel's counters of resident memory agree with its exact sum within it."""


def prepare_time(metric: str, evidence: Evidence) -> Value:
    """Return the geometric mean over trials of the time to prepare."""
    return _once_a_trial(metric, prepare_times(evidence))


def first_inference(metric: str, evidence: Evidence) -> Value:
    """Return the geometric mean over trials of the first iteration."""
    return _once_a_trial(metric, first_inferences(evidence))


def prepare_times(evidence: Evidence) -> PerTrial:
    """Return each trial's time to prepare, in seconds."""
    return _seconds(trial.prepare_time_ns for trial in evidence.timing)


def build_time(metric: str, evidence: Evidence) -> Value:
    """Return the geometric mean over builds of their time; trials that load one build share it."""
    times = dict.fromkeys(trial.build_time_ns for trial in evidence.timing)
    builds = _seconds(times)
    if not builds.values:
        return null(metric, ReasonCode.NOT_MEASURED, "no trial loaded what a compiler had built")
    return geometric(metric, builds.values, n_samples=builds.n_samples)


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
    return readings(trial.artifact_bytes for trial in trials)


def _peak_anonymous(held: HostMemory) -> int | None:
    """Return the peak of both phases, less the file pages that were mapped at the phase's end.

    The kernel keeps no mark of anonymous memory alone. Where file pages only come, and none go
    while a phase lasts, its peak of anonymous memory is at least this, and at most more by the file
    pages that came.
    """
    if held.steady is None or held.steady_anonymous is None:
        return None
    loading = held.load_peak - (held.loaded - held.loaded_anonymous)
    running = held.run_peak - (held.steady - held.steady_anonymous)
    return max(loading, running)


HOST_MEMORY: Final[Mapping[str, Callable[[HostMemory], int | None]]] = {
    "peak_rss": lambda held: max(held.load_peak, held.run_peak),
    "peak_anonymous": _peak_anonymous,
    "steady_rss": lambda held: held.steady,
    "runtime_rss": lambda held: held.runtime,
    "load_peak_rss": lambda held: held.load_peak,
    "weights_rss": lambda held: held.loaded_anonymous - held.runtime_anonymous,
    "working_rss": lambda held: held.run_peak - held.loaded,
}
"""By metric, its bytes of one trial; None where the trial does not tell.

What loading keeps is counted in anonymous memory: pages of libraries, which a first load maps as
well, depend on what the kernel has cached.
"""

_OLDER: Final = "this trial was taken by a version that did not read it"


def host_memory(metric: str, evidence: Evidence) -> Value:
    """Return the mean over memory trials; null where the meter contradicts itself in one.

    A mark below what the network cannot do without, or a difference below zero, is a bug in the
    meter: it is shown as one.
    """
    held = weighed(evidence)
    if not held:
        return not_weighed(metric, evidence)
    wrong = next((text for memory in held if (text := _contradiction(memory, evidence))), "")
    if wrong:
        return null(metric, ReasonCode.METER_READS_TOO_LOW, wrong, "please report it")
    figures = host_figures(metric, evidence)
    if figures.values:
        late = next((text for memory in held if (text := _lateness(memory))), "")
        note = late if metric == "steady_rss" else ""
        return arithmetic(metric, figures.values, n_samples=figures.n_samples, note=note)
    if metric != "weights_rss":
        return null(metric, ReasonCode.NOT_MEASURED, _OLDER)
    detail = "less anonymous memory than weights: the runtime maps them from their file"
    return null(metric, ReasonCode.METER_READS_TOO_LOW, detail, "look at peak_rss")


def host_figures(metric: str, evidence: Evidence) -> PerTrial:
    """Return each memory trial's bytes of a metric; none where the meter contradicts itself.

    Nor are there any of the weights where one reading is below what they take.
    """
    held = weighed(evidence)
    found = readings(map(HOST_MEMORY[metric], held))
    is_low = metric == "weights_rss" and min(found.values, default=0) < _least_kept(evidence)
    if is_low or any(_contradiction(memory, evidence) for memory in held):
        return PerTrial(values=(), n_samples=0)
    return found


def memory_bound(metric: str, evidence: Evidence) -> Value:
    """Return what no runtime can do without: worked out from the spec, and from no reading."""
    held = weighed(evidence)
    if not held:
        return not_weighed(metric, evidence)
    bounds = [float(memory.lower_bound) for memory in held]
    return arithmetic(metric, bounds, n_samples=len(bounds))


def weighed(evidence: Evidence) -> list[HostMemory]:
    """Return what the memory trials left that could be weighed."""
    found = (together(trial) for trial in evidence.memory)
    return [memory for memory in found if memory is not None]


def not_weighed(metric: str, evidence: Evidence) -> Value:
    """Say why no memory trial left anything."""
    reasons = [trial.outcome.reason for trial in evidence.memory]
    known = next((reason for reason in reasons if reason is not None), None)
    if known is not None:
        return Value(metric=metric, value=None, reason=known)
    return null(metric, ReasonCode.NOT_MEASURED, "no memory pass was run")


def readings(found: Iterable[float | None]) -> PerTrial:
    """Keep the readings that there are."""
    values = tuple(reading for reading in found if reading is not None)
    return PerTrial(values=values, n_samples=len(values))


def _once_a_trial(metric: str, seconds: PerTrial) -> Value:
    if not seconds.values:
        return null(metric, ReasonCode.NOT_MEASURED, "no trial kept it")
    return geometric(metric, seconds.values, n_samples=seconds.n_samples)


def _seconds(readings_ns: Iterable[int | None]) -> PerTrial:
    return readings(None if ns is None else ns * SECONDS_PER_NS for ns in readings_ns)


def _lateness(held: HostMemory) -> str:
    """Say that the kernel's counters were late; empty where they agree with its exact sum."""
    if not held.steady or not held.steady_exact:
        return ""
    apart = abs(held.steady_exact - held.steady) / held.steady_exact
    return f"the kernel's counters are {apart:.0%} off" if apart > _AGREEMENT else ""


def _least_kept(evidence: Evidence) -> float:
    """Return the bytes of the weights that stay on the host; below zero where nobody knows."""
    model, target = evidence.case.model, evidence.case.target
    if evidence.parameter_count is None or target.is_cuda or model.variant:
        return -math.inf
    return evidence.parameter_count * BYTES_OF[target.precision] * evidence.case.processes


def _contradiction(held: HostMemory, evidence: Evidence) -> str:
    """Say what cannot be true of one reading; empty where everything can."""
    peak = max(held.load_peak, held.run_peak)
    bound = 0 if evidence.case.target.is_cuda else max(0, held.lower_bound - held.inputs)
    if peak < held.runtime + bound:
        return f"the mark reads {peak} B; runtime and network need {held.runtime + bound} B"
    if held.loaded < held.runtime:
        return f"{held.loaded} B after the load, {held.runtime} B before it"
    if held.run_peak < held.loaded:
        return f"the mark of running reads {held.run_peak} B; {held.loaded} B were held before it"
    if held.steady is not None and held.run_peak < held.steady:
        return f"the mark of running reads {held.run_peak} B; {held.steady} B are held after it"
    return ""
