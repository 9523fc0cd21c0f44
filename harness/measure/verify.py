"""A fast wrong answer is not a result: outputs are checked before anything is timed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from harness.backends.base import Arrays
from harness.core.case import Precision
from harness.core.errors import VerificationError
from harness.core.reason import ReasonCode
from harness.core.trial import Verification


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
