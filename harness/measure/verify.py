"""A fast wrong answer is not a result: outputs are checked before anything is timed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harness.backends.base import Arrays
from harness.core.case import Precision
from harness.core.errors import VerificationError
from harness.core.reason import ReasonCode
from harness.core.task import Task
from harness.core.trial import Verification
from model_zoo.export.reference import read_rounding_error
from model_zoo.variants.name import INTEGER_ACTIVATIONS, Kind


@dataclass(frozen=True, slots=True)
class _Format:
    """What a number format does to a network's values."""

    roundoff: float
    """Half the distance from 1 to the next number. Source: IEEE 754-2019, table 3.5; Intel,
    BFLOAT16 Hardware Numerics Definition (2018), section 1."""
    ceiling: float
    """No network passes that is further off than this, however deep it is."""


_FORMATS: Final = {
    Precision.FP32: _Format(roundoff=2.0**-24, ceiling=1e-3),
    Precision.FP16: _Format(roundoff=2.0**-11, ceiling=3e-2),
    Precision.BF16: _Format(roundoff=2.0**-8, ceiling=1e-1),
}
_TF32_ROUNDOFF: Final = 2.0**-11
"""Of the factors of a product. Source: NVIDIA, A100 Tensor Core GPU Architecture (2020)."""
_ACCUMULATOR_ROUNDOFF: Final = 2.0**-24
"""Runtimes sum products of fp16, bf16 and TF32 in fp32."""
_LAMBDA: Final = 4.0
"""Half-width of the bound in standard deviations: it fails with a probability of at most
2 exp(-8) = 7e-4 for each rounding's sum, before the slack that worst-case signs leave."""
_ROUNDED_TWICE: Final = 3.0
"""The largest of many errors is twice another such largest at most, and a little room."""
_INTEGER_CEILING: Final = 0.5
"""Outputs of other weights or inputs differ by about 1 and more: no wrong answer passes."""
_ROUNDINGS: Final = 4
"""Roundings of a value between two sums: both factors, the sum, the activation."""


def tolerance(precision: Precision, depth: int, widest: int, *, tf32: bool = False) -> float:
    """Return how far outputs may be from the reference, relative to its largest.

    A sum of n products is off by at most lambda * sqrt(n) * u, relative to the size of its terms,
    with a probability that lambda sets; the values that enter it by a few roundings of their own
    format. Layers' errors have independent signs, so they add up as the square root of the depth.

    Source: Higham and Mary, A New Approach to Probabilistic Rounding Error Analysis (2019),
    theorem 2.4 for successive roundings, theorem 3.1 for sums of products.

    Args:
        precision: format of weights and activations.
        depth: matrix products one after another.
        widest: terms of the longest sum.
        tf32: whether factors are rounded to TensorFloat-32.
    """
    form = _FORMATS[precision]
    factors = max(form.roundoff, _TF32_ROUNDOFF) if tf32 else form.roundoff
    layer = math.sqrt(max(widest, 1)) * _ACCUMULATOR_ROUNDOFF + _ROUNDINGS * factors
    ceiling = _FORMATS[Precision.FP16].ceiling if tf32 else form.ceiling
    return min(_LAMBDA * math.sqrt(max(depth, 1)) * layer, max(ceiling, form.ceiling))


def tolerance_of(task: Task) -> float:
    """Return how far the outputs of a task's case may be from its own reference's.

    The reference is the variant's own network in fp64, its weights what the integers stand for. So
    weights that were rounded, cut or set to zero need no allowance. Activations that a runtime
    rounds to int8 do: a number is off by half a step at most, and a step is 1 / 127 of the largest
    of its tensor. How far that moves the outputs of this very network was found out with the
    reference; a runtime rounds other numbers up and down, so that it is off by as much again.

    Source: Jacob et al., Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference (2018), section 2.1.
    """
    target, variant = task.case.target, task.case.model.transform
    tf32 = target.option("tf32") == "1"
    precision = target.precision
    if variant is not None and variant.kind is Kind.AUTOCAST:
        precision = Precision.BF16
    allowed = tolerance(precision, task.depth, task.widest, tf32=tf32)
    if variant is None or variant.kind not in INTEGER_ACTIVATIONS or not task.reference:
        return allowed
    moved = read_rounding_error(Path(task.reference))
    return min(allowed + _ROUNDED_TWICE * moved, _INTEGER_CEILING)


def verify(outputs: Arrays, reference: Arrays, tolerance: float) -> Verification:
    """Hold outputs, each (batch, ...), against the reference's; return how near they are.

    Raises:
        VerificationError: another number or shape of outputs, a number that is not finite, or too
            large a difference.
    """
    if len(outputs) != len(reference):
        raise VerificationError(
            ReasonCode.OUTPUTS_DIFFER, f"{len(outputs)} outputs, expected {len(reference)}"
        )
    shapes = [(found.shape, wanted.shape) for found, wanted in zip(outputs, reference, strict=True)]
    for found, wanted in shapes:
        if found != wanted:
            raise VerificationError(
                ReasonCode.OUTPUTS_DIFFER, f"an output of shape {found}, expected {wanted}"
            )
    if not all(np.isfinite(array).all() for array in (*outputs, *reference)):
        raise VerificationError(ReasonCode.OUTPUTS_NOT_FINITE, "an output holds NaN or infinity")
    error = difference(outputs, reference)
    if error > tolerance:
        detail = f"relative difference {error:.3g}, tolerance {tolerance:.3g}"
        raise VerificationError(ReasonCode.OUTPUTS_DIFFER, detail)
    return Verification(error=error, tolerance=tolerance)


def depends_on_input(first: Arrays, second: Arrays, at_least: float = 0.0) -> None:
    """Check that outputs for two inputs differ by more than `at_least`, relative to the largest.

    Raises:
        VerificationError: they do not.
    """
    change = difference(second, first)
    if not change > at_least:
        detail = f"another input changed the outputs by {change:.3g}, expected over {at_least:.3g}"
        raise VerificationError(ReasonCode.OUTPUT_IGNORES_INPUT, detail)


def difference(outputs: Arrays, reference: Arrays) -> float:
    """Return the largest difference of any output, relative to the reference's largest number."""
    return max(
        (_relative(found, wanted) for found, wanted in zip(outputs, reference, strict=True)),
        default=0.0,
    )


def _relative(found: NDArray[Any], wanted: NDArray[Any]) -> float:
    if not wanted.size:
        return 0.0
    exact = wanted.astype(np.float64)
    scale = float(np.abs(exact).max()) or 1.0
    return float(np.abs(found.astype(np.float64) - exact).max()) / scale
