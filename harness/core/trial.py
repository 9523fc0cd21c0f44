"""What one fresh process leaves of one case: raw values and decisions, nothing worked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.core.device import DeviceState
from harness.core.energy import Energy
from harness.core.load import Load
from harness.core.memory import DeviceMemory
from harness.core.reason import Reason


class Pass(StrEnum):
    """What a process was started for; one thing at a time."""

    TIMING = "timing"
    MEMORY = "memory"
    ENERGY = "energy"


class Side(StrEnum):
    """What is known, and what is asked about."""

    BASE = "base"
    CANDIDATE = "candidate"


class Status(StrEnum):
    """How a trial, or a case, ended."""

    COMPLETED = "completed"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it ended, and why where it did not complete."""

    status: Status
    reason: Reason | None = None
    traceback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probes:
    """Readings of a fixed piece of work, in the order taken; columns of equal length."""

    start_ns: tuple[int, ...] = ()
    """On the monotonic clock."""
    core: tuple[int, ...] = ()
    """Core that was probed; -1 where the platform does not say."""
    native_ns: tuple[int, ...] = ()
    """A checksum of 8 KiB, eight times: its level is stable between processes."""
    loop_ns: tuple[int, ...] = ()
    """A counting loop: the one that sees a busy neighbour most clearly."""
    cache_ns: tuple[int, ...] = ()
    """Scattered reads of a buffer larger than the private caches: pressure on the shared one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """Stretches of iterations between two probes; columns of equal length."""

    start_ns: tuple[int, ...] = ()
    """On the monotonic clock."""
    duration_ns: tuple[int, ...] = ()
    iterations: tuple[int, ...] = ()
    """Iterations that count; in `single_stream` that many samples follow each other."""
    skipped: tuple[int, ...] = ()
    """Iterations after the probe that refilled the caches and count for nothing."""
    before: tuple[int, ...] = ()
    """Index of the probe before; empty, like `after`, where nothing was probed."""
    after: tuple[int, ...] = ()
    """Index of the probe after."""
    waited_ns: tuple[int, ...] = ()
    """Time that another process had the core; empty where the kernel does not say."""
    hunting: tuple[int, ...] = ()
    """1 where the slice was taken only because the machine was quiet just then.

    Such slices count for the quiet state and never for what was experienced.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Samples, slices and probes of one trial, in the order taken."""

    samples_ns: tuple[int, ...] = ()
    """Duration of each iteration, in ns; empty in `offline`."""
    slices: Slices = field(default_factory=Slices)
    probes: Probes = field(default_factory=Probes)
    device_ns: tuple[int, ...] = ()
    """Device time of some iterations, by events; empty where there are none."""
    host_ns: tuple[int, ...] = ()
    """Duration of some iterations with both transfers."""


class StopReason(StrEnum):
    """Why sampling ended."""

    PRECISE = "precise"
    TIME_LIMIT = "time_limit"
    SAMPLE_LIMIT = "sample_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided while sampling, and on which evidence."""

    stopped: StopReason
    relative_half_width: float | None = None
    """Of the quiet median's interval when sampling stopped."""
    warm_up_slices: int = 0
    """Slices at the start that are warm-up, by MSER-5."""
    steady: bool | None = None
    """False where the samples never settled; None where they are too few to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How near the outputs are to the reference, relative to the reference's largest."""

    error: float
    tolerance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMemory:
    """Resident memory of a spawned process at the borders of its phases, in bytes."""

    runtime: int
    """Interpreter and runtime, before the artifact is touched."""
    load_peak: int
    """High-water mark from there until the model is prepared."""
    loaded: int
    """Prepared, before the first iteration."""
    run_peak: int
    """High-water mark of the iterations."""
    runtime_anonymous: int
    loaded_anonymous: int
    """Without file pages and shared memory."""
    lower_bound: int
    """Weights + activations + inputs and outputs, worked out from the spec."""
    device_peak: int | None = None
    device_reason: Reason | None = None
    steady: int | None = None
    """After the last iteration; this and what follows is not in files of schema 3 and before."""
    steady_anonymous: int | None = None
    steady_exact: int | None = None
    """The same as `steady`, summed over all mappings; None where the kernel does not tell."""
    inputs: int = 0
    """Held since before the runtime's base was read: the network's inputs, in host memory."""
    device: DeviceMemory | None = None
    """None on the CPU, and where no reading was to be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What one process of several left, which ran at the same time as the trial's first."""

    prepare_time_ns: int | None = None
    first_inference_ns: int | None = None
    timeline: Timeline | None = None
    decision: Decision | None = None
    memory: HostMemory | None = None
    verification: Verification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one process left of one case."""

    case_id: str
    round: int
    kind: Pass
    started_at: str
    """ISO 8601, in UTC."""
    outcome: Outcome
    build_time_ns: int | None = None
    """Time that a compiler took for what this process loaded, whichever process had it built."""
    prepare_time_ns: int | None = None
    first_inference_ns: int | None = None
    artifact_bytes: int | None = None
    timeline: Timeline | None = None
    memory: HostMemory | None = None
    energy: Energy | None = None
    decision: Decision | None = None
    verification: Verification | None = None
    side: Side = Side.BASE
    """Which of an A/B run's two interpreters; every trial of any other run is `base`."""
    effective: Mapping[str, str] = field(default_factory=dict)
    """Settings as the runtime has them, each `value`, or `value (asked, not verified)`."""
    phases_ns: Mapping[str, int] = field(default_factory=dict)
    """Wall time of each phase, as the worker and the controller saw it."""
    load: Load | None = None
    """Of `server`: the queries of all its processes."""
    device: DeviceState | None = None
    """The GPU at the borders of what was sampled; None on a processor, and where nobody tells."""
    others: tuple[Member, ...] = ()
    """The other processes, where a case has several: what stands above is of the first."""
