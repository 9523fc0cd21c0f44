from __future__ import annotations

import math

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.backends.cuda_device import open_device
from harness.backends.tensorrt_tensors import allocate, from_bfloat16, to_bfloat16
from harness.core.errors import PreparationError
from tests.fake_cuda import FakeCuda

FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.lists(FINITE, min_size=1))
def test_bfloat16_is_rounded_as_the_reference_package_rounds(values):
    array = np.array(values, dtype=np.float32)
    with np.errstate(over="ignore"):
        expected = array.astype(ml_dtypes.bfloat16)
    assert to_bfloat16(array).tolist() == expected.view(np.uint16).tolist()


@given(st.integers(0, 0xFFFF))
def test_every_bfloat16_is_read_as_the_reference_package_reads_it(bits):
    array = np.array([bits], dtype=np.uint16)
    expected = array.view(ml_dtypes.bfloat16).astype(np.float32)
    np.testing.assert_array_equal(from_bfloat16(array), expected)


def test_what_is_no_number_stays_none():
    bits = to_bfloat16(np.array([math.nan, math.inf], dtype=np.float32))
    read = from_bfloat16(bits)
    assert math.isnan(read[0])
    assert math.isinf(read[1])


@pytest.mark.parametrize(
    ("number_format", "dtype"), [("FLOAT", np.float32), ("HALF", np.float16), ("INT64", np.int64)]
)
def test_staged_values_are_in_the_tensors_format_and_taken_ones_are_copies(number_format, dtype):
    with open_device("cuda:0", FakeCuda()) as device:
        tensor = allocate(device, "x", number_format, (2, 3))
        tensor.stage(np.arange(6, dtype=np.float32).reshape(2, 3))
        taken = tensor.taken()
        tensor.stage(np.zeros((2, 3), dtype=np.float32))
        assert taken.dtype == dtype
        assert taken.tolist() == [[0, 1, 2], [3, 4, 5]]
        assert tensor.shape == (2, 3)


def test_bfloat16_goes_in_and_comes_out_as_float32():
    with open_device("cuda:0", FakeCuda()) as device:
        tensor = allocate(device, "x", "BF16", (1, 2))
        tensor.stage(np.array([[1.0, -2.5]], dtype=np.float32))
        assert tensor.host.dtype == np.uint16
        assert tensor.taken().dtype == np.float32
        assert tensor.taken().tolist() == [[1.0, -2.5]]


def test_a_number_format_that_nothing_here_holds_is_named():
    with (
        open_device("cuda:0", FakeCuda()) as device,
        pytest.raises(PreparationError, match="'x' is in FP4"),
    ):
        allocate(device, "x", "FP4", (1,))
