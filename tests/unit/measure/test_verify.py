from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.case import Precision
from harness.core.errors import VerificationError
from harness.core.reason import ReasonCode
from harness.measure.verify import depends_on_input, difference, tolerance, verify

ONES = (np.ones((2, 3)),)
depths = st.integers(1, 2_000)
widths = st.integers(1, 100_000)


@given(st.sampled_from(Precision), depths, widths)
def test_a_deeper_or_wider_network_is_allowed_no_less(precision, depth, widest):
    allowed = tolerance(precision, depth, widest)
    assert allowed <= tolerance(precision, depth + 1, widest)
    assert allowed <= tolerance(precision, depth, widest + 1)


@given(depths, widths)
def test_a_coarser_format_is_allowed_more(depth, widest):
    fp32, fp16, bf16 = (tolerance(precision, depth, widest) for precision in Precision)
    assert fp32 < fp16 < bf16
    assert fp32 < tolerance(Precision.FP32, depth, widest, tf32=True) <= bf16


@given(depths, widths)
def test_no_network_is_allowed_to_be_further_off_than_its_formats_ceiling(depth, widest):
    fp32, fp16, bf16 = (tolerance(precision, depth, widest) for precision in Precision)
    assert (fp32, fp16, bf16) <= (1e-3, 3e-2, 1e-1)


def test_one_layer_of_fp32_is_allowed_a_few_roundings_of_its_sum():
    unit = 2.0**-24
    assert tolerance(Precision.FP32, 1, 100) == pytest.approx(4 * (10 + 4) * unit)


def test_what_is_off_by_rounding_alone_is_within_the_tolerance():
    random = np.random.default_rng(0)
    layers = [random.standard_normal((64, 64)) / 8 for _ in range(4)]
    exact = rounded = random.standard_normal((8, 64))
    for weights in layers:
        exact = np.tanh(exact @ weights)
        rounded = np.tanh(rounded.astype(np.float32) @ weights.astype(np.float32))
    result = verify((rounded,), (exact,), tolerance(Precision.FP32, 4, 64))
    assert 0 < result.error <= result.tolerance


@pytest.mark.parametrize("layer", range(4))
def test_a_tenth_more_in_one_tensor_is_not(layer):
    random = np.random.default_rng(0)
    layers = [random.standard_normal((64, 64)) / 8 for _ in range(4)]
    exact = wrong = random.standard_normal((8, 64))
    for place, weights in enumerate(layers):
        exact = np.tanh(exact @ weights)
        wrong = np.tanh(wrong @ (weights * (1.1 if place == layer else 1.0)))
    with pytest.raises(VerificationError, match="relative difference") as caught:
        verify((wrong,), (exact,), tolerance(Precision.FP32, 10_000, 10**9))
    assert caught.value.reason.code is ReasonCode.OUTPUTS_DIFFER


@pytest.mark.parametrize(
    ("outputs", "said"),
    [((), "0 outputs, expected 1"), ((np.ones((3, 2)),), r"shape \(3, 2\), expected \(2, 3\)")],
)
def test_another_number_or_shape_of_outputs_differs(outputs, said):
    with pytest.raises(VerificationError, match=said) as caught:
        verify(outputs, ONES, 1.0)
    assert caught.value.reason.code is ReasonCode.OUTPUTS_DIFFER


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_fails_on_either_side(number):
    odd = (np.array([[1.0, number, 1.0], [1.0, 1.0, 1.0]]),)
    for outputs, reference in ((odd, ONES), (ONES, odd)):
        with pytest.raises(VerificationError) as caught:
            verify(outputs, reference, math.inf)
        assert caught.value.reason.code is ReasonCode.OUTPUTS_NOT_FINITE


def test_the_worst_output_counts_relative_to_its_own_largest():
    reference = (np.full((1, 2), 100.0), np.full((1, 2), 0.01))
    outputs = (reference[0] + 1, reference[1] + 0.001)
    assert difference(outputs, reference) == pytest.approx(0.1)


def test_outputs_of_nothing_or_of_zeros_are_compared_as_they_are():
    assert difference((), ()) == 0
    assert difference((np.zeros((0, 3)),), (np.zeros((0, 3)),)) == 0
    assert difference((np.full(1, 0.5),), (np.zeros(1),)) == 0.5


def test_outputs_that_another_input_leaves_alone_ignore_it():
    with pytest.raises(VerificationError) as caught:
        depends_on_input(ONES, ONES)
    assert caught.value.reason.code is ReasonCode.OUTPUT_IGNORES_INPUT
    with pytest.raises(VerificationError):
        depends_on_input(ONES, (ONES[0] * 1.01,), at_least=0.1)
    depends_on_input(ONES, (ONES[0] * 1.01,))


def test_half_precision_is_compared_without_overflow():
    large = (np.full((1, 2), 60_000, np.float16),)
    assert verify(large, (-large[0].astype(np.float64),), 3.0).error == pytest.approx(2.0)
