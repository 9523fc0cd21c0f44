"""The network of a family whose parameter count is nearest a target. Imports no torch.

Depth comes first, from the family's proportion of width to depth; then the widest aligned network
of that depth below the target; then one size, or a few, is raised to close the gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from model_zoo.families import Family, load_family
from model_zoo.families.scaling import Scaling
from model_zoo.spec import ModelSpec

LARGEST: Final = 10**11
"""Largest parameter count that any family is asked for."""
_NOBODY_COUNTS: Final = 10**15
_MOST_STEP: Final = 64
"""Sizes are raised in multiples of a power of two up to this, which runtimes like."""
_ALIGNMENT_LOSS: Final = 0.004
"""Largest relative distance from the target that alignment may cost; the limit is 0.01."""
_AS_DEFINED: Final[Mapping[str, int]] = MappingProxyType({})
"""No size is other than the family has it."""


@dataclass(frozen=True, slots=True)
class _Grown:
    """A family, and the sizes that are to be other than it has them, for example its input's."""

    family: Family
    fixed: Mapping[str, int]

    @property
    def scaling(self) -> Scaling:
        """Return how depth and width grow."""
        return self.family.SCALING

    def sizes(self, depth: int, width: int) -> dict[str, int]:
        """Return all sizes of the network of a depth and width."""
        return {**self.family.scaled(depth, width), **self.fixed}

    def count(self, depth: int, width: int) -> int:
        """Return the number of weights of the network of a depth and width."""
        return self.family.parameter_count(self.sizes(depth, width))


def parameter_count(spec: ModelSpec) -> int:
    """Return the number of weights of the network, in closed form.

    Raises:
        ValueError: the family is unknown, or a size that it needs is missing.
    """
    if spec.variant:
        from model_zoo.variants.account import account  # it solves for the sizes of students

        return account(spec).stored_parameters
    family = load_family(spec.family)
    try:
        return family.parameter_count(spec.sizes)
    except KeyError as error:
        raise ValueError(f"{spec.family} needs the size {error}; see `zoo list`") from error


def smallest(family: str, fixed: Mapping[str, int] = _AS_DEFINED) -> int:
    """Return the parameter count of the family's smallest network.

    Args:
        family: Its name.
        fixed: Sizes that are other than the family has them; see `solve`.

    Raises:
        ValueError: the family is unknown, or has no such size.
    """
    grown = _grown(family, fixed)
    return grown.count(grown.scaling.least_depth, grown.scaling.least_width)


def solve(family: str, target: int, fixed: Mapping[str, int] = _AS_DEFINED) -> ModelSpec:
    """Return the family's network with the target's parameter count, within 1 %.

    Args:
        family: Its name.
        target: Parameter count.
        fixed: Sizes that are other than the family has them, for example those of its input; none
            that decides depth or width.

    Raises:
        ValueError: the family is unknown, has no such size, or can't be that small or large.
    """
    grown = _grown(family, fixed)
    least = smallest(family, fixed)
    if not least <= target <= LARGEST:
        raise ValueError(
            f"{family} can't have {_number(target)} parameters; it reaches {least:,} to {LARGEST:,}"
        )
    depth = _depth(grown, target)
    sizes = grown.sizes(depth, _width(grown, depth, target))
    names = grown.scaling.adjusted
    for name in names:
        sizes = _raised(grown.family, sizes, name, target, is_last=name == names[-1])
    return ModelSpec.of(family, sizes)


def _number(count: int) -> str:
    """Write a count; one that nobody would count as a power of ten.

    >>> _number(1_000_000), _number(10**99)
    ('1,000,000', '1.00e+99')
    """
    return f"{count:,}" if count < _NOBODY_COUNTS else f"{Decimal(count):.3g}"


def _grown(family: str, fixed: Mapping[str, int]) -> _Grown:
    loaded = load_family(family)
    if fixed:
        known = loaded.scaled(loaded.SCALING.least_depth, loaded.SCALING.least_width)
        unknown = ", ".join(name for name in fixed if name not in known)
        if unknown:
            raise ValueError(f"{family} has no size {unknown}; it has {', '.join(known)}")
    return _Grown(loaded, fixed)


def _largest(is_within: Callable[[int], bool], least: int, step: int) -> int:
    """Return the largest number for which the predicate holds; it is taken to hold at `least`."""
    low, high = least, least + step
    while is_within(high):
        low, high = high, high + 2 * (high - least)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_within(middle) else (low, middle)
    return low


def _depth(grown: _Grown, target: int) -> int:
    """Return the depth whose span of proportionate widths holds the target."""
    scaling = grown.scaling

    def is_within(depth: int) -> bool:
        width = max(scaling.width_per_layer * (2 * depth - 1) // 2, scaling.least_width)
        return grown.count(depth, width) <= target

    return _largest(is_within, scaling.least_depth, step=4)


def _width(grown: _Grown, depth: int, target: int) -> int:
    """Return the largest aligned width at which the network is not above the target."""
    scaling = grown.scaling

    def is_within(width: int) -> bool:
        return grown.count(depth, width) <= target

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
