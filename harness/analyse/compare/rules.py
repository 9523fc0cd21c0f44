"""What makes a fair comparison of each metric: times, bytes that hardly spread, exact sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from harness.core.metric import METRICS, Better
from harness.statistics.moderated import Prior


class Kind(StrEnum):
    """How a difference becomes a verdict."""

    TESTED = "tested"
    """By the spread between fresh processes."""
    EXACT = "exact"
    """By itself: equal things have equal sizes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one metric is compared."""

    kind: Kind = Kind.TESTED
    threshold: float | None = None
    """Relative change that matters; None takes the one that was asked for."""
    least: float = 0.0
    """In the metric's unit; smaller values count as this, because less does not matter."""
    assumed: Prior | None = None
    """Spread of the logarithm where no case has two trials; None where there is none to assume."""


TIME: Final = Rule()
"""Of one iteration, or of many: held against the threshold that was asked for."""
_ONCE: Final = Rule(threshold=0.10)
"""Things that happen once a process: the spread between processes is 9 % in the middle of 49 cases
and over 25 % in a tenth of them. Source: own measurement, three trials each."""

_MEMORY: Final = Rule(threshold=0.02, least=1e6, assumed=Prior(variance=0.01**2, degrees=2))
"""Of two runs of 36 cases with one trial a side, high-water marks differed by 0.1 % in the middle,
by over 1 % in a fifth and by 12 % in two: an allocator's whim. A spread of 1 % with heavy tails
stands in where every case has one trial a side, as it has by default. Source: own measurement."""

_PART: Final = Rule(threshold=0.05, least=30e6, assumed=Prior(variance=0.02**2, degrees=2))
"""Differences of two marks: a tenth of those cases differed by over 3.6 MB, and one by 26 MB, which
is nothing beside 300 MB and everything beside 10 MB. Source: own measurement."""

_ENERGY: Final = Rule(threshold=0.05)
"""Counters are read over windows whose ends are uncertain by a per cent or two."""

_RATE: Final = Rule(threshold=0.10)
"""The highest rate that holds a bound is looked for in steps of 3 %, with a tail of few queries."""

_ARTIFACT: Final = Rule(kind=Kind.EXACT, threshold=0.01)
"""Names and versions that an exporter writes into a file take under 1 % of all but tiny ones."""

RULES: Final[Mapping[str, Rule]] = {
    "latency_quiet": TIME,
    "latency_p50": TIME,
    "latency_p90": TIME,
    "latency_p99": TIME,
    "host_latency_p50": TIME,
    "device_time_p50": TIME,
    "throughput": TIME,
    "throughput_quiet": TIME,
    "rate_max": _RATE,
    "prepare_time": _ONCE,
    "first_inference": _ONCE,
    "peak_rss": _MEMORY,
    "peak_anonymous": _MEMORY,
    "steady_rss": _MEMORY,
    "runtime_rss": _MEMORY,
    "load_peak_rss": _MEMORY,
    "weights_rss": _PART,
    "working_rss": _PART,
    "device_memory_peak": _MEMORY,
    "device_memory_delta": _MEMORY,
    "device_memory_allocated": _MEMORY,
    "device_context": _MEMORY,
    "artifact_bytes": _ARTIFACT,
    "energy_per_item": _ENERGY,
}
"""By metric; others have no value a trial that could be compared."""

QUIET: Final = frozenset({"latency_quiet", "throughput_quiet"})
"""Metrics of the quiet state, which both sides must have told by the same probes."""


def cost_sign(metric: str) -> int:
    """Return 1 where more costs more, and -1 where more is better."""
    return -1 if METRICS[metric].better is Better.HIGHER else 1
