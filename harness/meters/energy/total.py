"""Sums over domains that have nothing in common, and what no power can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

from harness.core.energy import Domain
from harness.core.reason import Reason, ReasonCode
from harness.meters.energy.quantity import Quantity, Standing, refused

DISJOINT: Final = frozenset({Domain.CPU_PACKAGE, Domain.DRAM, Domain.GPU})
"""Domains that may be added; any other is part of one of these, or has them as its parts.

Source: Linux, Documentation/power/powercap/powercap.rst.
"""
_FEWEST_WINDOWS: Final = 3
_EQUAL: Final = 0.001
"""Relative; two packages that agree so well in each of three windows are one package read twice."""


def total(parts: Mapping[Domain, Quantity]) -> Quantity:
    """Return the sum of disjoint domains; null where one of them is null.

    A single domain is its own sum, and keeps its own reason.

    Raises:
        ValueError: a domain overlaps with others, or there are none.
    """
    overlapping = sorted(set(parts) - DISJOINT)
    if overlapping or not parts:
        raise ValueError(f"no sum of {', '.join(overlapping) or 'nothing'}")
    if len(parts) == 1:
        return next(iter(parts.values()))
    missing = [name for name, part in parts.items() if part.value is None]
    unit = next(iter(parts.values())).unit
    if missing:
        first = parts[missing[0]].reason
        detail = f"no {', '.join(missing)}: {first}"
        reason = Reason(
            code=ReasonCode.COMPONENT_UNAVAILABLE, detail=detail, hint=first.hint if first else ""
        )
        return refused(unit, Standing.UNAVAILABLE, reason)
    return Quantity(
        unit=unit,
        standing=Standing.DERIVED,
        value=sum(part.value or 0.0 for part in parts.values()),
        bound=sum(part.bound or 0.0 for part in parts.values()),
        method=" + ".join(dict.fromkeys(part.method for part in parts.values())),
    )


def implausible(power_w: float, limit_w: float | None) -> Reason | None:
    """Say what is wrong with a mean power; None where it can be.

    Args:
        power_w: As the counter gave it.
        limit_w: More than that cannot be; None where nobody says.
    """
    code = ReasonCode.IMPLAUSIBLE_POWER
    if power_w <= 0:
        return Reason(code=code, detail="the counter did not move while work was done")
    if limit_w is not None and power_w > limit_w:
        return Reason(code=code, detail=f"{power_w:.4g} W, where {limit_w:.4g} W is the most")
    return None


def duplicate(units: Mapping[str, Sequence[int]]) -> Reason | None:
    """Say which two counters of a sum are the same energy twice; None where all differ.

    Args:
        units: By the counter's name, what each counted in each window.
    """
    for (first, ours), (second, theirs) in combinations(units.items(), 2):
        pairs = list(zip(ours, theirs, strict=True))
        if len(pairs) >= _FEWEST_WINDOWS and all(_agree(a, b) for a, b in pairs):
            detail = f"{first} and {second} agree within 0.1 % in each of {len(pairs)} windows"
            return Reason(
                code=ReasonCode.DUPLICATE_ZONE_SUSPECTED,
                detail=detail,
                hint="the kernel may show one package twice; their sum is not believed",
            )
    return None


def _agree(one: int, other: int) -> bool:
    return abs(one - other) <= _EQUAL * max(one, other)
