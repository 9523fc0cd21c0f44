"""What a GPU's driver says of it at the borders of a trial, and how long its clocks were held back.

Clocks, temperatures and reasons are as the driver gives them; nothing is worked out but shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Throttle(StrEnum):
    """Why clocks are lower than they could be.

    Source: NVIDIA, nvml.h, `nvmlClocksEventReasons` and `NVML_FI_DEV_CLOCKS_EVENT_REASON_*`.
    """

    POWER_CAP = "power_cap"
    """To stay within the power limit that is set: a large network's usual state on many boards."""
    SW_THERMAL = "sw_thermal"
    """To stay within the operating temperature."""
    HW_THERMAL = "hw_thermal"
    """Too hot: clocks are halved, or less."""
    POWER_BRAKE = "power_brake"
    """Told so by the power supply: clocks are halved, or less."""
    HW_SLOWDOWN = "hw_slowdown"
    """Any of the two before, or a draw beyond what the board can take."""


DISTURBING: Final = frozenset(Throttle) - {Throttle.POWER_CAP}
"""Those that another run of the same network on the same board would not meet."""
LARGEST_SHARE: Final = 0.05
"""Of a trial's time; a trial that was held back for longer says nothing of the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReading:
    """One moment of one GPU; what its driver does not tell is None, or missing."""

    at_ns: int
    """On the monotonic clock."""
    sm_clock_hz: int | None = None
    memory_clock_hz: int | None = None
    temperature_c: int | None = None
    """Of the chip, in degrees Celsius."""
    throttles: tuple[Throttle, ...] | None = None
    """What holds the clocks back just now; None where the driver does not tell."""
    throttled_ns: Mapping[str, int] = field(default_factory=dict)
    """By `Throttle`, how long it has held clocks back since the driver was loaded, in ns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """The GPU of a trial before its first sample and after its last."""

    uuid: str
    before: DeviceReading
    after: DeviceReading

    def throttled_shares(self) -> dict[Throttle, float]:
        """Return by reason for which share of the time the driver counted it."""
        passed_ns = max(1, self.after.at_ns - self.before.at_ns)
        ends = self.after.throttled_ns
        return {
            reason: min(1.0, max(0, ends[reason] - begun) / passed_ns)
            for reason in Throttle
            if (begun := self.before.throttled_ns.get(reason)) is not None and reason in ends
        }

    def disturbed_share(self) -> float | None:
        """Return for which share of the time clocks were held back by what comes and goes.

        Reasons may overlap, so their sum is the most that it can be. Where the driver counts no
        time, each border with such a reason stands for half of it. None where nothing is told.
        """
        shares = [share for why, share in self.throttled_shares().items() if why in DISTURBING]
        if shares:
            return min(1.0, sum(shares))
        borders = [one.throttles for one in (self.before, self.after) if one.throttles is not None]
        if not borders:
            return None
        return sum(not DISTURBING.isdisjoint(border) for border in borders) / len(borders)

    @property
    def is_throttled(self) -> bool:
        """Whether clocks were held back for so long that the trial is void."""
        share = self.disturbed_share()
        return share is not None and share > LARGEST_SHARE
