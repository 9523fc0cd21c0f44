"""What a worker is asked to do: everything it needs to know, in one message."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.core.case import Case
from harness.core.trial import Pass
from model_zoo.export.artifact import Artifact


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """When a trial has seen enough. Durations in seconds."""

    min_seconds: float = 0.35
    """Slices are taken in turn for at least this long, whatever the machine's state."""
    max_seconds: float = 0.525
    """Afterwards, slices are hunted for in quiet moments, up to this limit."""
    precision: float = 0.01
    """Relative half-width of the quiet median's interval that is good enough."""
    max_samples: int = 100_000
    """Samples of one trial; a faster network stops here, with that reason."""
    load_seconds: float = 10.0
    """Of `server`: for how long queries are offered, all rates together."""

    def __post_init__(self) -> None:
        if not 0 < self.min_seconds <= self.max_seconds:
            raise ValueError(f"need 0 < min_seconds <= max_seconds: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One trial of one case, for a process that knows nothing else."""

    case: Case
    round: int
    kind: Pass
    artifact: Artifact
    reference: str
    """Folder of the fp64 outputs; empty where the backend makes its own reference."""
    depth: int
    """Matrix products in sequence, for the tolerance."""
    widest: int
    """Largest inner dimension of any product, for the tolerance."""
    lower_bound: int
    """Bytes that the network needs at the very least."""
    cores: tuple[int, ...] = ()
    """Cores to be pinned to, one a thread; empty where the platform cannot."""
    spare_cores: tuple[int, ...] = ()
    """Cores that a one-thread trial may move to while it hunts for quiet."""
    level_ns: float | None = None
    """The machine's quiet level of the native probe, where it is known."""
    sampling: Sampling = field(default_factory=Sampling)
    sysfs_root: str = "/"
    """Folder that holds `sys`, for counters of energy."""
