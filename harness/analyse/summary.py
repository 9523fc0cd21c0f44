"""Every metric of a case, from what its trials left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from harness.analyse import device_layers, energy, experienced, footprint, load, quiet_state
from harness.analyse.estimate import null
from harness.analyse.evidence import Evidence
from harness.core.case import Case
from harness.core.metric import METRICS, Metric
from harness.core.reason import ReasonCode
from harness.core.record import Value
from harness.core.trial import Outcome

ESTIMATES: Final[Mapping[str, Callable[[str, Evidence], Value]]] = {
    "latency_quiet": quiet_state.latency_quiet,
    "quiet_share": quiet_state.quiet_share,
    "latency_p50": experienced.latency_p50,
    "latency_p90": experienced.latency_p90,
    "latency_p99": experienced.latency_p99,
    "host_latency_p50": experienced.host_latency_p50,
    "device_time_p50": experienced.device_time_p50,
    "throughput": experienced.throughput,
    "throughput_quiet": quiet_state.throughput_quiet,
    "rate_max": load.rate_max,
    "wait_p99": load.wait_p99,
    "lateness_p99": load.lateness_p99,
    "prepare_time": footprint.prepare_time,
    "build_time": footprint.build_time,
    "first_inference": footprint.first_inference,
    "peak_rss": footprint.host_memory,
    "peak_anonymous": footprint.host_memory,
    "steady_rss": footprint.host_memory,
    "runtime_rss": footprint.host_memory,
    "load_peak_rss": footprint.host_memory,
    "weights_rss": footprint.host_memory,
    "working_rss": footprint.host_memory,
    "device_memory_peak": device_layers.device_memory,
    "device_memory_delta": device_layers.device_memory,
    "device_memory_allocated": device_layers.device_memory,
    "device_context": device_layers.device_memory,
    "memory_bound": footprint.memory_bound,
    "artifact_bytes": footprint.artifact_bytes,
    "energy_per_item": energy.energy_per_item,
    "power_mean": energy.power_mean,
    "spike_rate": experienced.spikes,
}
"""One function a metric."""


def summarise(evidence: Evidence) -> Mapping[str, Value]:
    """Give every metric a value, or the reason why it has none."""
    return {
        metric.name: ESTIMATES[metric.name](metric.name, evidence)
        if evidence.case.scenario in metric.scenarios
        else _elsewhere(metric)
        for metric in METRICS.values()
    }


def without_values(case: Case, outcome: Outcome) -> Mapping[str, Value]:
    """Give every metric the reason why the case was not measured, or not believed."""
    why = outcome.reason
    detail = str(outcome.status) if why is None else str(why)
    hint = "" if why is None else why.hint
    return {
        metric.name: null(metric.name, ReasonCode.CASE_NOT_MEASURED, detail, hint)
        if case.scenario in metric.scenarios
        else _elsewhere(metric)
        for metric in METRICS.values()
    }


def _elsewhere(metric: Metric) -> Value:
    detail = f"measured in {', '.join(metric.scenarios)}"
    return null(metric.name, ReasonCode.NOT_IN_SCENARIO, detail)
