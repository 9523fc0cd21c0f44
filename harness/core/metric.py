"""What is measured, in which unit, and which direction is better."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from harness.core.case import Scenario


class Better(StrEnum):
    """The direction in which a metric improves."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One quantity. Values are stored in `unit` and scaled only when printed."""

    name: str
    unit: str
    """SI, without a prefix: `s`, `B`, `J`, `W`, `1/s`; `1` for a share."""
    better: Better
    description: str
    scenarios: tuple[Scenario, ...] = (Scenario.SINGLE_STREAM, Scenario.OFFLINE)
    """Where it is measured; elsewhere its value is null, `not_in_scenario`."""


_SINGLE = (Scenario.SINGLE_STREAM,)
_OFFLINE = (Scenario.OFFLINE,)
_SERVER = (Scenario.SERVER,)
_IN_TURN = (Scenario.SINGLE_STREAM, Scenario.MULTI_STREAM)
_LATENCY = (Scenario.SINGLE_STREAM, Scenario.SERVER, Scenario.MULTI_STREAM)


def _lower(name: str, unit: str, description: str, scenarios: tuple[Scenario, ...]) -> Metric:
    return Metric(
        name=name, unit=unit, better=Better.LOWER, description=description, scenarios=scenarios
    )


_EVERY = (Scenario.SINGLE_STREAM, Scenario.OFFLINE)
_ALL_SCENARIOS = tuple(Scenario)

_ALL: Final = (
    _lower("latency_quiet", "s", "Median latency while the machine was quiet.", _IN_TURN),
    Metric(
        name="quiet_share",
        unit="1",
        better=Better.NEITHER,
        description="Share of the slices taken in turn that lay between quiet probes.",
        scenarios=(*_IN_TURN, Scenario.OFFLINE),
    ),
    _lower("latency_p50", "s", "Median latency as experienced.", _LATENCY),
    _lower("latency_p90", "s", "90th percentile of latency as experienced.", _LATENCY),
    _lower("latency_p99", "s", "99th percentile of latency as experienced.", _LATENCY),
    _lower("host_latency_p50", "s", "Median latency with both transfers.", _SINGLE),
    _lower("device_time_p50", "s", "Median device time by the device's own events.", _SINGLE),
    Metric(
        name="throughput",
        unit="1/s",
        better=Better.HIGHER,
        description="Items completed per second over the whole window, as experienced.",
        scenarios=_OFFLINE,
    ),
    Metric(
        name="throughput_quiet",
        unit="1/s",
        better=Better.HIGHER,
        description="Items completed per second over the slices between quiet probes.",
        scenarios=_OFFLINE,
    ),
    Metric(
        name="rate_max",
        unit="1/s",
        better=Better.HIGHER,
        description="Highest mean rate of Poisson queries whose 99th percentile holds the bound.",
        scenarios=_SERVER,
    ),
    _lower("wait_p99", "s", "99th percentile of the wait from intended arrival to pass.", _SERVER),
    _lower(
        "lateness_p99", "s", "How late an idle process began a query, 99th percentile.", _SERVER
    ),
    _lower(
        "prepare_time", "s", "From the artifact on disk to a model that can run.", _ALL_SCENARIOS
    ),
    _lower("build_time", "s", "A compiler's work before a model can be loaded.", _ALL_SCENARIOS),
    _lower("first_inference", "s", "Wall time of the very first iteration.", _ALL_SCENARIOS),
    _lower("peak_rss", "B", "Host memory: the kernel's high-water mark, all phases.", _SINGLE),
    _lower("peak_anonymous", "B", "The same without pages of files and shared memory.", _SINGLE),
    _lower("steady_rss", "B", "Host memory after the last iteration.", _SINGLE),
    _lower("runtime_rss", "B", "Host memory of interpreter and runtime before the load.", _SINGLE),
    _lower("load_peak_rss", "B", "High-water mark of loading and preparing.", _SINGLE),
    _lower(
        "weights_rss", "B", "Anonymous host memory kept by loading, over the runtime's.", _SINGLE
    ),
    _lower("working_rss", "B", "High-water mark of running, over the loaded model's.", _SINGLE),
    _lower("device_memory_peak", "B", "Device memory of the process, by the driver.", _SINGLE),
    _lower("device_memory_delta", "B", "Growth of a device that nobody else uses.", _SINGLE),
    _lower("device_memory_allocated", "B", "Peak of the framework's allocator.", _SINGLE),
    _lower("device_context", "B", "An empty context on a device that nobody else uses.", _SINGLE),
    Metric(
        name="memory_bound",
        unit="B",
        better=Better.NEITHER,
        description="Weights, live activations, inputs and outputs: no runtime can do with less.",
        scenarios=_SINGLE,
    ),
    _lower("artifact_bytes", "B", "Size of the artifact on disk, all its files.", _ALL_SCENARIOS),
    _lower("energy_per_item", "J", "Energy by hardware counters, per item.", _EVERY),
    _lower("power_mean", "W", "Mean power over the energy window.", _EVERY),
    _lower("spike_rate", "1", "Share of samples beyond Q3 + 3 IQR.", _IN_TURN),
)

METRICS: Final = {metric.name: metric for metric in _ALL}
"""Every metric by name, in the order of the tables."""
