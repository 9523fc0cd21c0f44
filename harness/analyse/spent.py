"""One energy pass to power and energy per item: windows of counters, summed over domains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harness.analyse.counted import Pair, both, of_domain
from harness.core.energy import Domain, Energy, WindowState
from harness.core.reason import Reason, ReasonCode
from harness.meters.energy.net import has_drifted, net_power
from harness.meters.energy.quantity import Quantity, Standing, invalid, refused
from harness.meters.energy.total import total

_PROCESSOR: Final = (Domain.CPU_PACKAGE,)
_MEMORY: Final = (Domain.DRAM,)
"""Domains of a case on the processor; memory has a counter of its own on some processors only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one energy pass comes to."""

    energy: Quantity
    """Over all windows of work, summed over domains, in J."""
    power: Quantity
    """Likewise, in W."""
    per_item: Quantity
    """Likewise, in J."""
    net: Quantity
    """Power over `context_idle`, in W."""
    net_of_bare: Quantity
    """Power over `bare_idle`, in W; refused where the pass took no such window."""
    beside: Quantity | None
    """Power of processors and memory while a GPU worked, in W; None for a case on them."""
    domains: tuple[str, ...]
    """Those that were summed."""
    absent: tuple[str, ...]
    """Those that this machine has no counter for, each with its code."""
    windows: int
    others: float | None
    """Share of the processor time of all processes that was not this one's."""
    drifted: bool
    """Idling took another power after the work than before it."""
    flags: tuple[Reason, ...] = ()
    """What makes the figures doubtful, and not void."""


def spent_in(energy: Energy, batch_size: int) -> Spent:
    """Work out one energy pass: of the GPU, where one was read, else of processor and memory."""
    work, idle = _places(energy, WindowState.WORK), _places(energy, WindowState.CONTEXT_IDLE)
    has_gpu = any(counter.domain is Domain.GPU for counter in energy.counters)
    domains = [Domain.GPU] if has_gpu else _of_processor(energy)
    whole = _totals(energy, domains, work)
    idles = [_totals(energy, domains, [place]).power.value or 0.0 for place in idle]
    items = sum(energy.windows.iterations[place] for place in work) * batch_size
    return Spent(
        energy=whole.joules,
        power=whole.power,
        per_item=_per_item(whole.joules, items),
        net=_net(energy, domains, whole.power, WindowState.CONTEXT_IDLE),
        net_of_bare=_net(energy, domains, whole.power, WindowState.BARE_IDLE),
        beside=_totals(energy, _of_processor(energy), work).power if has_gpu else None,
        domains=tuple(map(str, domains)),
        absent=() if has_gpu else _absent(energy, domains),
        windows=len(work),
        others=_others(energy, work),
        drifted=len(idles) > 1 and has_drifted(idles[0], idles[-1]),
        flags=(*energy.flags, *whole.flags),
    )


def _places(energy: Energy, state: WindowState) -> list[int]:
    return [place for place, found in enumerate(energy.windows.state) if found is state]


def _of_processor(energy: Energy) -> list[Domain]:
    """Return the domains of the sum: one that is there and cannot be read makes it null."""
    missing = energy.missing.get(Domain.DRAM)
    is_absent = missing is not None and missing.code is ReasonCode.ZONE_ABSENT
    return [*_PROCESSOR, *(() if is_absent else _MEMORY)]


def _absent(energy: Energy, domains: Sequence[Domain]) -> tuple[str, ...]:
    gone = {name: reason for name, reason in energy.missing.items() if name not in domains}
    return tuple(f"{name} ({reason.code})" for name, reason in gone.items())


def _totals(energy: Energy, domains: Sequence[Domain], places: Sequence[int]) -> Pair:
    """Return energy in J and power in W over these windows, summed over the domains."""
    pairs = {domain: of_domain(energy, domain, places) for domain in domains}
    return Pair(
        total({domain: pair.joules for domain, pair in pairs.items()}),
        total({domain: pair.power for domain, pair in pairs.items()}),
        tuple(flag for pair in pairs.values() for flag in pair.flags),
    )


def _net(
    energy: Energy, domains: Sequence[Domain], power: Quantity, state: WindowState
) -> Quantity:
    places = _places(energy, state)
    if not places:
        nothing = Reason(code=ReasonCode.NOT_MEASURED, detail=f"no window of {state}")
        return both(refused("J", Standing.UNAVAILABLE, nothing)).power
    return net_power(power, _totals(energy, domains, places).power, state)


def _per_item(joules: Quantity, items: int) -> Quantity:
    if joules.value is None or joules.bound is None:
        return joules
    if items < 1:
        return invalid("J", ReasonCode.WINDOW_TOO_SHORT, "no item was done in any window")
    return Quantity(
        unit="J",
        standing=Standing.DERIVED,
        value=joules.value / items,
        bound=joules.bound / items,
        method=joules.method,
    )


def _others(energy: Energy, places: Sequence[int]) -> float | None:
    windows = energy.windows
    if not windows.all_cpu_ns:
        return None
    everyone = sum(windows.all_cpu_ns[place] for place in places)
    own = sum(windows.own_cpu_ns[place] for place in places)
    return max(0.0, 1 - own / everyone) if everyone else None
