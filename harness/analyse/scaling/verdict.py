"""Whether a law holds, and why not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from harness.core.scaling import Goodness, HeldOut, SizePoint

FEWEST_SIZES: Final = 5
"""Two more than overhead, coefficient and exponent: with fewer there is no interval to believe."""
LEAST_DECADES: Final = 1.0
"""Over less, an overhead and an exponent cannot be told apart."""
LARGEST_RESIDUAL: Final = 1 / 3
"""Relative. From one size of the standard plan to the next the cost grows about threefold: with
larger residuals a law cannot tell whether a network fits a budget or only the one below it."""
LARGEST_MISS: Final = 0.15
"""Relative, of the held-out size."""
_TENFOLD: Final = 10.0
LARGEST_FALL: Final = 0.15
"""Relative: by how much a larger network may be cheaper than a smaller one."""


def reasons(
    points: Sequence[SizePoint], goodness: Goodness | None, held_out: HeldOut | None
) -> tuple[str, ...]:
    """Say why a law does not hold; nothing where it does."""
    sizes = sorted({point.size for point in points})
    if goodness is None or len(sizes) < FEWEST_SIZES:
        return (f"too few sizes: {len(sizes)}, at least {FEWEST_SIZES}",)
    found = []
    decades = math.log10(sizes[-1] / sizes[0])
    if decades < LEAST_DECADES:
        found.append(f"sizes span {decades:.1f} decades, at least {LEAST_DECADES:g}")
    found += _far_off(goodness)
    found += _falls(points)
    if held_out is None:
        found.append("too few sizes for a held-out check")
    elif abs(held_out.miss) > LARGEST_MISS:
        found.append(
            f"the largest size, held out, was missed by {_relative(held_out.miss)}; "
            f"at most {100 * LARGEST_MISS:.0f} %"
        )
    return tuple(found)


def _relative(share: float) -> str:
    """Say a deviation; a very large one as a factor.

    >>> _relative(0.153), _relative(-0.2), _relative(596.7)
    ('+15 %', '-20 %', 'x 598')
    """
    return f"{100 * share:+.0f} %" if share < _TENFOLD - 1 else f"x {1 + share:.3g}"


def _far_off(goodness: Goodness) -> list[str]:
    if goodness.residual_spread <= LARGEST_RESIDUAL:
        return []
    trial = "unknown" if goodness.trial_spread is None else f"{100 * goodness.trial_spread:.1f} %"
    spread = _relative(goodness.residual_spread).removeprefix("+")
    text = (
        f"residuals of {spread} about the curve; at most "
        f"{100 * LARGEST_RESIDUAL:.0f} %, trial spread {trial}"
    )
    return [text]


def _falls(points: Sequence[SizePoint]) -> list[str]:
    """Name the first step where the cost falls with the size, by more than a law has room for."""
    for small, large in pairwise(points):
        if large.size > small.size and large.cost < small.cost * (1 - LARGEST_FALL):
            return [
                f"not monotone: {large.size:.3g} costs {1 - large.cost / small.cost:.0%} less "
                f"than {small.size:.3g}".replace("%", " %")
            ]
    return []
