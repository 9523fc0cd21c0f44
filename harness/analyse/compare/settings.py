"""What is compared, and how sure a verdict has to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness.analyse.compare.rules import RULES

GATED: Final = ("latency_quiet", "throughput_quiet")
"""Metrics that a gate looks at where nothing else was asked for."""

WATCHED: Final = (
    "peak_anonymous",
    "peak_rss",
    "weights_rss",
    "working_rss",
    "device_memory_peak",
    "device_memory_delta",
    "artifact_bytes",
    "prepare_time",
    "energy_per_item",
)
"""Metrics that are compared and shown beside them, and never fail a gate by themselves."""

EXPERIENCED: Final = {"latency_quiet": "latency_p50", "throughput_quiet": "throughput"}
"""By metric of the quiet state, what stands in for it as experienced."""

EVERY_HARD_KEY: Final = "machine"
"""In `Settings.across`, stands for all of them: two machines are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is asked of one comparison."""

    metrics: tuple[str, ...] = GATED
    """Gated: their p-values are adjusted for each other."""
    watched: tuple[str, ...] = WATCHED
    """Compared as well, for people: adjusted among themselves."""
    experienced: bool = False
    """Whether latency and throughput are taken as experienced, not in the quiet state."""
    across: frozenset[str] = frozenset()
    """Keys that may differ between the sides; `machine` stands for every hard key."""
    threshold: float = 0.02
    """Relative change of a time that matters, where a case's noise floor is not larger."""
    false_discovery: float = 0.05
    """Share of the verdicts `slower` that may be wrong, at most; likewise of `faster`."""
    equivalence: float = 0.05
    """Chance of a verdict `equivalent` for a change as large as the threshold."""
    power: float = 0.80
    """With which the smallest change is said to have been visible."""

    def __post_init__(self) -> None:
        for name in ("threshold", "false_discovery", "equivalence", "power"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected between 0 and 1")
        unknown = sorted({*self.metrics, *self.watched} - {*RULES})
        if unknown:
            raise ValueError(
                f"no rule to compare {', '.join(unknown)}; there are {', '.join(RULES)}"
            )

    @property
    def gated(self) -> tuple[str, ...]:
        """Names of the metrics that a gate looks at, as they are measured."""
        return tuple(dict.fromkeys(map(self._measured, self.metrics)))

    @property
    def compared(self) -> tuple[str, ...]:
        """Names of all metrics that are compared, the gated ones first."""
        return tuple(dict.fromkeys([*self.gated, *map(self._measured, self.watched)]))

    def _measured(self, metric: str) -> str:
        return EXPERIENCED.get(metric, metric) if self.experienced else metric
