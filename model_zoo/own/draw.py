"""Inputs of a file's network, drawn by their declared type and range. numpy only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from model_zoo.own.files import MOST_ELEMENTS, BadFile
from model_zoo.own.inputs import Arrays

FLOATS: Final = frozenset({"float16", "float32", "float64"})
INTEGERS: Final = frozenset(
    {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
)
BOOLEAN: Final = "bool"
_USUAL_HIGH: Final = 1
"""Integers are 0 or 1 where no range is given: an index that every table has, and a mask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnInput:
    """One input, its sizes known."""

    name: str
    type: str
    """numpy's name of the number format."""
    shape: tuple[int, ...]
    low: float | None = None
    high: float | None = None
    """Ends of the range, both included; None for normal floats and integers of 0 and 1."""


def draw(inputs: tuple[DrawnInput, ...], seed: int) -> Arrays:
    """Draw every input: floats normal or evenly from their range, integers evenly from theirs.

    Raises:
        BadFile: a type or size that cannot be drawn.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    return tuple(_drawn(one, generator) for one in inputs)


def _drawn(one: DrawnInput, generator: np.random.Generator) -> NDArray[Any]:
    if math.prod(one.shape) > MOST_ELEMENTS:
        raise BadFile(f"input {one.name!r} of shape {one.shape} has too many numbers")
    if one.type == BOOLEAN:
        return generator.integers(0, 1, one.shape, endpoint=True).astype(np.bool_)
    if one.type in INTEGERS:
        return _integers(one, generator)
    if one.type not in FLOATS:
        raise BadFile(f"input {one.name!r} holds {one.type or 'no tensor'}, which cannot be drawn")
    if one.low is None or one.high is None:
        return generator.standard_normal(one.shape).astype(one.type)
    return generator.uniform(one.low, one.high, one.shape).astype(one.type)


def _integers(one: DrawnInput, generator: np.random.Generator) -> NDArray[Any]:
    low = 0 if one.low is None else math.ceil(one.low)
    high = _USUAL_HIGH if one.high is None else math.floor(one.high)
    limits = np.iinfo(one.type)
    if not limits.min <= low <= high <= limits.max:
        raise BadFile(f"input {one.name!r}: no {one.type} lies in {one.low:g}..{one.high:g}")
    return generator.integers(low, high, one.shape, dtype=one.type, endpoint=True)
