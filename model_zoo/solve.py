"""The network of a family whose parameter count is nearest a target. Imports no torch.

Depth comes first, from the family's proportion of width to depth; then the widest aligned network
of that depth below the target; then one size, or a few, is raised to close the gap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from model_zoo.families import Family, load_family
from model_zoo.spec import ModelSpec

LARGEST: Final = 10**11
"""Largest parameter count that any family is asked for."""
_MOST_STEP: Final = 64
"""Sizes are raised in multiples of a power of two up to this, which runtimes like."""
_ALIGNMENT_LOSS: Final = 0.004
"""Largest relative distance from the target that alignment may cost; the limit is 0.01."""


def parameter_count(spec: ModelSpec) -> int:
    """Return the number of weights of the network, in closed form.

    Raises:
        ValueError: the family is unknown, or a size that it needs is missing.
    """
    family = load_family(spec.family)
    try:
        return family.parameter_count(spec.sizes)
    except KeyError as error:
        raise ValueError(f"{spec.family} needs the size {error}; see `zoo list`") from error


def smallest(family: str) -> int:
    """Return the parameter count of the family's smallest network."""
    loaded = load_family(family)
    scaling = loaded.SCALING
    return loaded.parameter_count(loaded.scaled(scaling.least_depth, scaling.least_width))


def solve(family: str, target: int) -> ModelSpec:
    """Return the family's network with the target's parameter count, within 1 %.

    Raises:
        ValueError: the family is unknown or can't be that small or large.
    """
    loaded = load_family(family)
    least = smallest(family)
    if not least <= target <= LARGEST:
        raise ValueError(
            f"{family} can't have {target:,} parameters; it reaches {least:,} to {LARGEST:,}"
        )
    depth = _depth(loaded, target)
    sizes = loaded.scaled(depth, _width(loaded, depth, target))
    names = loaded.SCALING.adjusted
    for name in names:
        sizes = _raised(loaded, sizes, name, target, is_last=name == names[-1])
    return ModelSpec.of(family, sizes)


def _largest(is_within: Callable[[int], bool], least: int, step: int) -> int:
    """Return the largest number for which the predicate holds; it is taken to hold at `least`."""
    low, high = least, least + step
    while is_within(high):
        low, high = high, high + 2 * (high - least)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_within(middle) else (low, middle)
    return low


def _depth(family: Family, target: int) -> int:
    """Return the depth whose span of proportionate widths holds the target."""
    scaling = family.SCALING

    def is_within(depth: int) -> bool:
        width = max(scaling.width_per_layer * (2 * depth - 1) // 2, scaling.least_width)
        return family.parameter_count(family.scaled(depth, width)) <= target

    return _largest(is_within, scaling.least_depth, step=4)


def _width(family: Family, depth: int, target: int) -> int:
    """Return the largest aligned width at which the network is not above the target."""
    scaling = family.SCALING

    def is_within(width: int) -> bool:
        return family.parameter_count(family.scaled(depth, width)) <= target

    return scaling.align(_largest(is_within, scaling.least_width, scaling.width_per_layer * depth))


def _raised(
    family: Family, sizes: dict[str, int], name: str, target: int, *, is_last: bool
) -> dict[str, int]:
    """Raise one size towards the target; the last one goes to the nearest, others stay below.

    A count is a polynomial of at most second degree in a single size, so three values give it.
    """

    def count(size: int) -> int:
        return family.parameter_count({**sizes, name: size})

    start = sizes[name]
    first, second, third = count(start), count(start + 1), count(start + 2)
    curvature = (third - 2 * second + first) / 2
    slope = second - first - curvature
    gap = target - first
    rise = 2 * gap / (slope + (slope * slope + 4 * curvature * gap) ** 0.5)
    step = _MOST_STEP
    while step > 1 and step * (second - first) > 2 * _ALIGNMENT_LOSS * target:
        step //= 2
    exact = start + max(rise, 0.0)
    aligned = int(exact / step + (0.5 if is_last else 0.0)) * step
    return {**sizes, name: max(aligned, start)}
