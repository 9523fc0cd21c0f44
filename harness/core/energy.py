"""What an energy pass leaves: the readings of counters as they were, in whole native units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.core.reason import Reason


class Domain(StrEnum):
    """What a counter counts the energy of."""

    CPU_PACKAGE = "cpu_package"
    DRAM = "dram"
    """Memory beside the packages: disjoint from them."""
    CPU_CORE = "cpu_core"
    """Part of a package."""
    CPU_UNCORE = "cpu_uncore"
    """Part of a package."""
    PLATFORM = "platform"
    """The whole board with its packages: another view of the same energy."""
    GPU = "gpu"
    """A whole board with its memory, and of some the module around it."""


class WindowState(StrEnum):
    """What the process did during a window."""

    BARE_IDLE = "bare_idle"
    """Nothing was loaded yet."""
    CONTEXT_IDLE = "context_idle"
    """The model was loaded and had run; nothing ran."""
    WORK = "work"
    """Iterations, one straight after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """One counter, and its readings in the order taken; columns of equal length."""

    name: str
    """For example `package-0`, `package-0/dram`, or the identity of a board."""
    domain: Domain
    method: str
    """How it is read, for example `rapl_powercap` or `nvml_total_energy`."""
    unit: str
    """`uJ` or `mJ`, of `values` and `modulus`."""
    modulus: int | None = None
    """The counter begins again at 0 there; None for one that never should."""
    update_period_ns: int | None = None
    """How often it moves, as it was seen to; None where it never moved."""
    limit_w: float | None = None
    """More power than that cannot be, in W; None where nobody says."""
    is_integrated: bool = False
    """Summed up from readings of power, each of which holds until the next; else a counter."""
    lag_ns: int = 0
    """How much older than its last move the moment may be that a reading is of."""
    at_ns: tuple[int, ...] = ()
    """Middle of each reading, on the monotonic clock."""
    half_width_ns: tuple[int, ...] = ()
    """Half of the time that each reading took."""
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Stretches between two readings, in the order taken; columns of equal length."""

    state: tuple[WindowState, ...] = ()
    first: tuple[int, ...] = ()
    """Index of the readings at its start; those of all counters follow each other."""
    last: tuple[int, ...] = ()
    """Index of those at its end; between the two only guards against a second wrap."""
    iterations: tuple[int, ...] = ()
    own_cpu_ns: tuple[int, ...] = ()
    """Processor time of this process; empty, like the next, where the platform does not say."""
    all_cpu_ns: tuple[int, ...] = ()
    """Processor time of every process of the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """All that one energy pass of one case read."""

    wanted_error: float
    """Relative error of one window that its length was chosen for."""
    counters: tuple[Counter, ...] = ()
    windows: Windows = field(default_factory=Windows)
    missing: Mapping[str, Reason] = field(default_factory=dict)
    """By domain, why nothing was read of it."""
    flags: tuple[Reason, ...] = ()
    """What makes the readings doubtful, and not void."""
