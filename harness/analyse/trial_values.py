"""One number a trial: what estimates are made of, and what comparisons are made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from harness.analyse import device_layers, energy, experienced, footprint, load, quiet_state
from harness.analyse.evidence import Evidence, PerTrial

_Give = Callable[[Evidence], PerTrial]


def trial_values(metric: str, evidence: Evidence) -> tuple[float, ...]:
    """Return one value a trial, in the metric's unit and in the order of the trials.

    A trial that cannot give one (too few quiet slices, too few samples for the percentile) is left
    out. Metrics of the whole case, such as a share of slices, have none at all.

    Raises:
        KeyError: no metric of that name has one value a trial; `PER_TRIAL` has those that do.
    """
    return PER_TRIAL[metric](evidence).values


def _quantile(q: float) -> _Give:
    return lambda evidence: experienced.quantiles(q, experienced.samples(evidence))


def _host(metric: str) -> _Give:
    return lambda evidence: footprint.host_figures(metric, evidence)


def _device(metric: str) -> _Give:
    return lambda evidence: device_layers.device_figures(metric, evidence)


PER_TRIAL: Final[Mapping[str, _Give]] = {
    "latency_quiet": quiet_state.quiet_latencies,
    "latency_p50": _quantile(0.5),
    "latency_p90": _quantile(0.9),
    "latency_p99": _quantile(0.99),
    "host_latency_p50": lambda evidence: experienced.quantiles(0.5, experienced.hosts(evidence)),
    "device_time_p50": lambda evidence: experienced.quantiles(0.5, experienced.devices(evidence)),
    "throughput": experienced.throughputs,
    "throughput_quiet": quiet_state.quiet_throughputs,
    "rate_max": load.rates,
    "prepare_time": footprint.prepare_times,
    "first_inference": footprint.first_inferences,
    **{metric: _host(metric) for metric in footprint.HOST_MEMORY},
    **{metric: _device(metric) for metric in device_layers.LAYERS},
    "artifact_bytes": footprint.artifact_sizes,
    "energy_per_item": energy.energies,
}
"""By metric, what gives one value a trial."""
