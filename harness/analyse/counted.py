"""What the counters of one domain come to over some windows of an energy pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Final

from harness.core.energy import Counter, Domain, Energy
from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode
from harness.meters.energy.quantity import JOULES, Quantity, Standing, invalid, refused
from harness.meters.energy.total import duplicate, implausible
from harness.meters.energy.window import Counted, count

_LARGEST_BOUND: Final = 0.1
"""Relative; a figure that may be further from the truth is none."""
_STEADY: Final = 1.2
"""Highest power over the mean: up to there a load is taken for one that does not come and go."""
_AGREE: Final = 0.05
"""Relative; two ways to one board's energy that differ by more are both told."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Energy and power of the same windows."""

    joules: Quantity
    power: Quantity
    flags: tuple[Reason, ...] = ()
    """What makes them doubtful, and not void."""


def of_domain(energy: Energy, domain: Domain, places: Sequence[int]) -> Pair:
    """Return energy and power of one domain: its counters are disjoint, so they are summed.

    Of several ways to one counter's energy the counter itself goes before power summed up, and
    the two are held against each other.
    """
    ways = _ways(energy, domain)
    if not ways or not places:
        nothing = Reason(code=ReasonCode.ZONE_ABSENT, detail=f"no readings of {domain}")
        return both(refused("J", Standing.UNAVAILABLE, energy.missing.get(domain, nothing)))
    parts = [_of_ways(energy, one, places) for one in ways]
    for part in parts:
        if part.joules.value is None:
            return part
    twice = _twice(energy, [one[0] for one in ways], places)
    if twice is not None:
        return both(invalid("J", twice.code, twice.detail, twice.hint))
    flags = tuple(flag for part in parts for flag in part.flags)
    return Pair(_sum([one.joules for one in parts]), _sum([one.power for one in parts]), flags)


def both(joules: Quantity) -> Pair:
    """Return energy and power that are null for the same reason."""
    return Pair(joules, replace(joules, unit="W"))


def _ways(energy: Energy, domain: Domain) -> list[list[Counter]]:
    """Return by name the counters of a domain; of one name, those that are counters first."""
    found: dict[str, list[Counter]] = {}
    for counter in energy.counters:
        if counter.domain is domain:
            found.setdefault(counter.name, []).append(counter)
    return [sorted(ways, key=lambda one: one.is_integrated) for ways in found.values()]


def _of_ways(energy: Energy, ways: Sequence[Counter], places: Sequence[int]) -> Pair:
    first, *others = (_of_counter(energy, way, ways, places) for way in ways)
    if first.joules.value is None:
        return first
    flags = (_disagreement(first.power, other.power) for other in others)
    return replace(first, flags=tuple(flag for flag in flags if flag is not None))


def _disagreement(one: Quantity, other: Quantity) -> Reason | None:
    """Say that two ways to the same power do not give the same; None where they do."""
    ours, theirs = one.value, other.value
    if ours is None or theirs is None:
        return None
    uncertain = (one.bound or 0.0) + (other.bound or 0.0)
    if abs(ours - theirs) <= max(_AGREE * max(ours, theirs), uncertain):
        return None
    return Reason(
        code=ReasonCode.METER_DISAGREEMENT,
        detail=f"{one.method} gives {ours:.4g} W, {other.method} {theirs:.4g} W",
        hint="one of the two sensors of this board is wrong; compare with a meter at the wall",
    )


def _of_counter(
    energy: Energy, counter: Counter, ways: Sequence[Counter], places: Sequence[int]
) -> Pair:
    """Return energy and power of one counter over some windows."""
    unit_j, windows = JOULES[counter.unit], energy.windows
    try:
        found = [count(counter, windows.first[at], windows.last[at]) for at in places]
    except Unavailable as error:
        wrong = error.reason
        return both(invalid("J", wrong.code, wrong.detail, wrong.hint))
    for one in found:
        reason = implausible(one.power(unit_j), counter.limit_w)
        if reason is not None:
            return both(invalid("J", reason.code, f"{counter.name}: {reason.detail}"))
    joules = sum(one.units for one in found) * unit_j
    bound = _bound_j(energy, counter, ways, list(zip(places, found, strict=True)))
    if bound > _LARGEST_BOUND * joules or counter.update_period_ns is None:
        detail = f"{counter.name}: {joules:.3g} J counted, {bound:.3g} J uncertain"
        hint = "measure longer: give more --seconds"
        return both(invalid("J", ReasonCode.WINDOW_TOO_SHORT, detail, hint))
    seconds = sum(one.duration_ns for one in found) * 1e-9
    measured = Quantity(
        unit="J", standing=Standing.MEASURED, value=joules, bound=bound, method=counter.method
    )
    power = replace(measured, unit="W", value=joules / seconds, bound=bound / seconds)
    return Pair(measured, power)


def _bound_j(
    energy: Energy,
    counter: Counter,
    ways: Sequence[Counter],
    found: Sequence[tuple[int, Counted]],
) -> float:
    """Return how far the energy over some windows may be from the truth, in J.

    The highest power is that of any window, or of any moment of one where power was read as well.
    Of a board whose power came and went, or was not seen, it is the most that the board can take:
    what went on right at the ends of a window nobody saw.
    """
    unit_j = JOULES[counter.unit]
    held = [way for way in ways if way.is_integrated]
    highest_w = max(one.power(unit_j) for _, one in found)
    mean_w = sum(one.power(unit_j) for _, one in found) / len(found)
    for way in held:
        powers = (_steps_w(way, energy, place) for place, _ in found)
        highest_w = max(highest_w, *(watts for steps in powers for watts, _ in steps))
    if counter.domain is Domain.GPU and (not held or highest_w > _STEADY * mean_w):
        highest_w = max(highest_w, counter.limit_w or 0.0)
    bound = sum(one.bound_j(unit_j, highest_w) for _, one in found)
    if counter.is_integrated:
        bound += sum(_held_too_long_j(_steps_w(counter, energy, place)) for place, _ in found)
    return bound


def _steps_w(counter: Counter, energy: Energy, place: int) -> list[tuple[float, float]]:
    """Return power in W and length in s between the readings of one window."""
    first, last = energy.windows.first[place], energy.windows.last[place]
    values, at = counter.values[first : last + 1], counter.at_ns[first : last + 1]
    unit_j = JOULES[counter.unit]
    lengths = [(after - before) * 1e-9 for before, after in pairwise(at)]
    energies = [(after - before) * unit_j for before, after in pairwise(values)]
    return [
        (max(0.0, joules) / seconds, seconds)
        for joules, seconds in zip(energies, lengths, strict=True)
        if seconds > 0
    ]


def _held_too_long_j(steps: Sequence[tuple[float, float]]) -> float:
    """Return what power that was seen late may come to: each change by its size, in J.

    A power that changes between two readings is seen at the second.
    """
    changes = sum(abs(after[0] - before[0]) for before, after in pairwise(steps))
    return changes * max((seconds for _, seconds in steps), default=0.0)


def _sum(parts: Sequence[Quantity]) -> Quantity:
    value = sum(part.value or 0.0 for part in parts)
    return replace(parts[0], value=value, bound=sum(part.bound or 0.0 for part in parts))


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
