"""One energy pass to power and energy per item: windows of counters, summed over domains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from harness.core.energy import Counter, Domain, Energy, WindowState
from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode
from harness.meters.energy.net import has_drifted, net_power
from harness.meters.energy.quantity import JOULES, Quantity, Standing, invalid, refused
from harness.meters.energy.total import duplicate, implausible, total
from harness.meters.energy.window import count

_LARGEST_BOUND: Final = 0.1
"""Relative; a figure that may be further from the truth is none."""
_ALWAYS: Final = (Domain.CPU_PACKAGE,)
_WHERE_IT_IS: Final = (Domain.DRAM,)
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
    domains: tuple[str, ...]
    """Those that were summed."""
    absent: tuple[str, ...]
    """Those that this machine has no counter for, each with its code."""
    windows: int
    others: float | None
    """Share of the processor time of all processes that was not this one's."""
    drifted: bool
    """Idling took another power after the work than before it."""


def spent_in(energy: Energy, batch_size: int) -> Spent:
    """Work out one energy pass of a case on the processor."""
    work, idle = _places(energy, WindowState.WORK), _places(energy, WindowState.CONTEXT_IDLE)
    domains = _summed(energy)
    joules, power = _totals(energy, domains, work)
    idles = [_totals(energy, domains, [place])[1].value or 0.0 for place in idle]
    items = sum(energy.windows.iterations[place] for place in work) * batch_size
    return Spent(
        energy=joules,
        power=power,
        per_item=_per_item(joules, items),
        net=net_power(power, _totals(energy, domains, idle)[1], WindowState.CONTEXT_IDLE),
        domains=tuple(map(str, domains)),
        absent=_absent(energy, domains),
        windows=len(work),
        others=_others(energy, work),
        drifted=len(idles) > 1 and has_drifted(idles[0], idles[-1]),
    )


def _places(energy: Energy, state: WindowState) -> list[int]:
    return [place for place, found in enumerate(energy.windows.state) if found is state]


def _summed(energy: Energy) -> list[Domain]:
    """Return the domains of the sum: one that is there and cannot be read makes it null."""
    missing = energy.missing.get(Domain.DRAM)
    is_absent = missing is not None and missing.code is ReasonCode.ZONE_ABSENT
    return [*_ALWAYS, *(() if is_absent else _WHERE_IT_IS)]


def _absent(energy: Energy, domains: Sequence[Domain]) -> tuple[str, ...]:
    gone = {name: reason for name, reason in energy.missing.items() if name not in domains}
    return tuple(f"{name} ({reason.code})" for name, reason in gone.items())


def _totals(
    energy: Energy, domains: Sequence[Domain], places: Sequence[int]
) -> tuple[Quantity, Quantity]:
    """Return energy in J and power in W over these windows, summed over the domains."""
    pairs = {domain: _of_domain(energy, domain, places) for domain in domains}
    return (
        total({domain: joules for domain, (joules, _) in pairs.items()}),
        total({domain: power for domain, (_, power) in pairs.items()}),
    )


def _of_domain(energy: Energy, domain: Domain, places: Sequence[int]) -> tuple[Quantity, Quantity]:
    """Return energy and power of one domain: its counters are disjoint, so they are summed."""
    counters = [counter for counter in energy.counters if counter.domain is domain]
    if not counters or not places:
        nothing = Reason(code=ReasonCode.ZONE_ABSENT, detail=f"no readings of {domain}")
        reason = energy.missing.get(domain, nothing)
        return _both(refused("J", Standing.UNAVAILABLE, reason))
    parts = [_of_counter(energy, counter, places) for counter in counters]
    for part in parts:
        if part[0].value is None:
            return part
    twice = _twice(energy, counters, places)
    if twice is not None:
        return _both(invalid("J", twice.code, twice.detail, twice.hint))
    return _sum([joules for joules, _ in parts]), _sum([power for _, power in parts])


def _both(joules: Quantity) -> tuple[Quantity, Quantity]:
    return joules, replace(joules, unit="W")


def _sum(parts: Sequence[Quantity]) -> Quantity:
    value = sum(part.value or 0.0 for part in parts)
    return replace(parts[0], value=value, bound=sum(part.bound or 0.0 for part in parts))


def _of_counter(
    energy: Energy, counter: Counter, places: Sequence[int]
) -> tuple[Quantity, Quantity]:
    """Return energy and power of one counter over some windows."""
    unit_j, windows = JOULES[counter.unit], energy.windows
    try:
        found = [count(counter, windows.first[at], windows.last[at]) for at in places]
    except Unavailable as error:
        wrong = error.reason
        return _both(invalid("J", wrong.code, wrong.detail, wrong.hint))
    powers = [one.power(unit_j) for one in found]
    for power in powers:
        reason = implausible(power, counter.limit_w)
        if reason is not None:
            return _both(invalid("J", reason.code, f"{counter.name}: {reason.detail}"))
    joules = sum(one.units for one in found) * unit_j
    bound = sum(one.bound_j(unit_j, max(powers)) for one in found)
    if bound > _LARGEST_BOUND * joules or counter.update_period_ns is None:
        detail = f"{counter.name}: {joules:.3g} J counted, {bound:.3g} J uncertain"
        hint = "measure longer: give more --seconds"
        return _both(invalid("J", ReasonCode.WINDOW_TOO_SHORT, detail, hint))
    seconds = sum(one.duration_ns for one in found) * 1e-9
    measured = Quantity(
        unit="J", standing=Standing.MEASURED, value=joules, bound=bound, method=counter.method
    )
    return measured, replace(measured, unit="W", value=joules / seconds, bound=bound / seconds)


def _twice(energy: Energy, counters: Sequence[Counter], places: Sequence[int]) -> Reason | None:
    """Say which counters of one socket count the same energy; None where all differ."""
    windows = energy.windows
    for _, group in groupby(sorted(counters, key=_socket), key=_socket):
        units = {
            one.name: [count(one, windows.first[at], windows.last[at]).units for at in places]
            for one in group
        }
        reason = duplicate(units)
        if reason is not None:
            return reason
    return None


def _socket(counter: Counter) -> str:
    return counter.name.partition("/")[0].partition("-die-")[0]


def _per_item(joules: Quantity, items: int) -> Quantity:
    if joules.value is None or joules.bound is None:
        return joules
    if items < 1:
        return invalid("J", ReasonCode.WINDOW_TOO_SHORT, "no item was done in any window")
    derived = replace(joules, standing=Standing.DERIVED)
    return replace(derived, value=joules.value / items, bound=joules.bound / items)


def _others(energy: Energy, places: Sequence[int]) -> float | None:
    windows = energy.windows
    if not windows.all_cpu_ns:
        return None
    everyone = sum(windows.all_cpu_ns[place] for place in places)
    own = sum(windows.own_cpu_ns[place] for place in places)
    return max(0.0, 1 - own / everyone) if everyone else None
