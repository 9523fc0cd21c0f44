"""What `doctor` asks the meters: what each reads here, how often it moves, how right it can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter_ns, sleep
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from harness.core.reason import Reason
    from harness.meters.counters import EnergyMeter
    from harness.meters.nvml import NvmlMeter
    from harness.meters.perf import PerfMeter
    from harness.meters.rapl import RaplMeter

_FAKE: Final = "fake"
"""The stand-in for tests measures nothing, and is not listed."""
_LOOK_S: Final = 0.0005
"""Between two looks for a change of a board's counter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a counter of energy reads, how often it moves, and how right that can be."""

    counters: tuple[str, ...]
    missing: tuple[str, ...]
    """What it would read elsewhere, each with its reason."""
    update_period_s: float | None
    """None where it did not move while it was watched."""
    window_s: float | None
    """How long a window must be for the error below."""
    wanted_error: float
    """Relative, by the counter's step."""

    def __str__(self) -> str:
        """Tell a person, on one line."""
        from harness.report.format import quantity

        told = f"available: {', '.join(self.counters)}"
        told += "".join(f"; without {reason}" for reason in self.missing)
        if self.update_period_s is None or self.window_s is None:
            return f"{told}; it did not move while it was watched"
        period, window = quantity(self.update_period_s, "s"), quantity(self.window_s, "s")
        return f"{told}; moves every {period}: within {self.wanted_error:.1%} over {window}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is here, or is not."""

    name: str
    device: str = ""
    """Where it would run, or which board it reads; empty for any other meter."""
    reason: Reason | None
    """Why it is not here; None where it is."""
    reach: Reach | None = None
    """Of a counter of energy that is here."""

    def as_object(self) -> dict[str, Any]:
        """Describe it in plain values."""
        found: dict[str, Any] = {"name": self.name, "available": self.reason is None}
        if self.device:
            found["device"] = self.device
        if self.reach:
            found |= asdict(self.reach)
        if self.reason:
            found |= {"reason_code": str(self.reason.code), "detail": self.reason.detail}
            found["hint"] = self.reason.hint
        return found


def examine_meters(sysfs_root: Path) -> tuple[Finding, ...]:
    """Ask every meter whether it can read here; a counter that can is watched as it moves."""
    from harness.meters.nvml import NvmlMeter
    from harness.meters.perf import PerfMeter
    from harness.meters.rapl import RaplMeter
    from harness.meters.registry import METERS, load

    known: dict[str, Callable[[], tuple[Finding, ...]]] = {
        "rapl": lambda: (examine_processor("rapl", RaplMeter(sysfs_root)),),
        "perf": lambda: (examine_processor("perf", PerfMeter(sysfs_root)),),
        "nvml": lambda: examine_boards(NvmlMeter()),
    }
    return tuple(
        finding
        for name in METERS
        if name != _FAKE
        for finding in (
            known[name]()
            if name in known
            else (Finding(name=name, reason=load(name).availability()),)
        )
    )


def examine_processor(name: str, meter: RaplMeter | PerfMeter) -> Finding:
    """Ask for the counters of the processor, and watch the first for up to three seconds."""
    from harness.meters.energy.window import WANTED_ERROR

    reason = meter.availability()
    if reason is not None:
        return Finding(name=name, reason=reason)
    names = tuple(counter.name for counter in meter.counters())
    missing = tuple(str(why) for why in meter.missing().values())
    period_ns = meter.update_period_ns()
    return Finding(name=name, reason=None, reach=_reach(names, missing, period_ns, WANTED_ERROR))


def examine_boards(
    meter: NvmlMeter,
    clock: Callable[[], int] = perf_counter_ns,
    wait: Callable[[float], None] = sleep,
) -> tuple[Finding, ...]:
    """Ask each board for its counters, and watch each for up to three seconds.

    Args:
        meter: Opens NVML.
        clock: Monotonic, in ns.
        wait: Sleeps for so many seconds.
    """
    from harness.core.errors import Unavailable
    from harness.meters.nvml import handles, opened

    try:
        with opened(meter.module, meter.importer) as nvml:
            return tuple(_examine_board(nvml, handle, clock, wait) for handle in handles(nvml))
    except Unavailable as error:
        return (Finding(name="nvml", reason=error.reason),)


def _examine_board(
    nvml: Any,  # noqa: ANN401 - a module without types
    handle: Any,  # noqa: ANN401 - NVML's own handle
    clock: Callable[[], int],
    wait: Callable[[float], None],
) -> Finding:
    from harness.core.errors import Unavailable
    from harness.meters.energy.period import update_period_ns
    from harness.meters.energy.window import WANTED_ERROR_GPU
    from harness.meters.nvml_board import Board
    from harness.meters.nvml_tenants import strangers_before, tenants

    try:
        board = Board.of(nvml, handle)
        found: tuple[EnergyMeter, ...] = board.counters(clock)
        period_ns = update_period_ns(found[0].look, clock, lambda: wait(_LOOK_S))
    except Unavailable as error:
        return Finding(name="nvml", reason=error.reason)
    try:
        shared = strangers_before(tenants(nvml, handle))
    except Unavailable as error:
        shared = error.reason
    names = tuple(meter.method for meter in found)
    missing = () if shared is None else (str(shared),)
    reach = _reach(names, missing, period_ns, WANTED_ERROR_GPU)
    return Finding(name="nvml", device=board.uuid, reason=None, reach=reach)


def _reach(
    names: tuple[str, ...], missing: tuple[str, ...], period_ns: int | None, wanted_error: float
) -> Reach:
    from harness.meters.energy.window import window_ns

    return Reach(
        counters=names,
        missing=missing,
        update_period_s=None if period_ns is None else period_ns * 1e-9,
        window_s=None if period_ns is None else window_ns(period_ns, wanted_error) * 1e-9,
        wanted_error=wanted_error,
    )
