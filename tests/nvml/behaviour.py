"""How the stand-in behaves, as the file has it that it reads."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.powercap.trace import Trace

UUID = "GPU-0f2a91c0-7d5e-4b18-9c01-2f6e7a8b9c0d"
_NEVER = (1 << 63) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One made-up board and its driver. Times in ns on the monotonic clock."""

    levels: tuple[tuple[int, int], ...] = ((1_000_000_000, 250_000),)
    """Power over time: durations in ns and powers in mW, again and again."""
    start_ns: int = 0
    period_ns: int = 100_000_000
    """How often the counter and the power move."""
    phase_ns: int = 0
    dither_mw: int = 0
    """Power is that much above and below the truth, in turn."""
    power_gain_permille: int = 1_000
    limit_mw: int = 700_000
    counted_before_mj: int = 5_000_000
    reset_at_ns: int = 0
    """The counter begins again at 0 then; 0 for never."""
    lost_at_ns: int = 0
    """From then on the board is lost; 0 for never."""
    uuids: tuple[str, ...] = (UUID,)
    mig: int = 0
    virtualization: int = 0
    pids: tuple[int, ...] = ()
    """Others that compute on the board."""
    pids_from_ns: int = 0
    own_from_ns: int = _NEVER
    """When this process begins to compute."""
    own_pid_offset: int = 0
    """By how much its number is another one to the driver, as in a namespace."""
    used_by_process: int = 1 << 20
    """In B; below zero where the driver does not tell."""
    sm_clock_mhz: int = 1_755
    memory_clock_mhz: int = 2_619
    temperature_c: int = 61
    reasons: int = 0
    """Bits of what holds clocks back."""
    throttled_permille: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Share of the time: power cap, software thermal, hardware thermal, power brake."""
    statuses: dict[str, int] = field(default_factory=dict)
    """By function, or field as `field_186`, what it gives; -1 for one that never returns."""

    @property
    def trace(self) -> Trace:
        """What the board truly takes."""
        return Trace(start_ns=self.start_ns, levels=self.levels)

    def write(self, path: Path) -> None:
        """Write what the library reads: one object without nested objects."""
        found: dict[str, Any] = {
            name: getattr(self, name) for name in self.__slots__ if name != "statuses"
        }
        path.write_text(json.dumps({**found, **self.statuses}), encoding="utf-8")
