import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from onnxruntime.quantization.quant_utils import QuantType, quantize_data

from model_zoo.variants.name import parse_variant
from model_zoo.variants.quantise import pack_int4, to_integers, unpack_int4

INT8 = parse_variant("int8-weight")
CHANNELS = parse_variant("int8-weight-per-channel")
INT4 = parse_variant("int4-weight")

matrices = st.builds(
    lambda outputs, inputs, seed: torch.randn(
        outputs, inputs, generator=torch.Generator().manual_seed(seed)
    ),
    st.integers(1, 9),
    st.integers(1, 70),
    st.integers(0, 10**6),
)


@given(matrices)
def test_an_int8_weight_is_off_by_half_a_step_at_most(weight):
    found = to_integers(weight, INT8)
    step = weight.abs().max() / 127
    assert found.values.abs().max() <= 127
    assert (found.floats() - weight).abs().max() <= step / 2 * (1 + 1e-4)
    signs = torch.sign(weight) * (weight.abs() / found.scales).round()
    assert torch.equal(signs.to(torch.int8), found.values)


@given(matrices)
def test_channels_have_steps_of_their_own(weight):
    found = to_integers(weight, CHANNELS)
    steps = weight.abs().amax(dim=1) / 127
    assert found.scales.shape == (len(weight),)
    assert ((found.floats() - weight).abs().amax(dim=1) <= steps / 2 * (1 + 1e-4)).all()


@given(matrices)
def test_an_int4_weight_is_off_by_half_a_step_or_at_the_far_end_by_one(weight):
    found = to_integers(weight, INT4)
    steps = found.scales.abs().repeat_interleave(32, dim=1)[:, : weight.shape[1]]
    error = (found.floats() - weight).abs()
    assert (error <= steps * (1 + 1e-4)).all()
    inside = weight.abs() <= 7.5 * steps
    assert (error[inside] <= (steps / 2 * (1 + 1e-4))[inside]).all()


@given(matrices, st.sampled_from([INT8, CHANNELS, INT4]))
def test_rounding_twice_is_rounding_once(weight, variant):
    once = to_integers(weight, variant)
    assert torch.equal(to_integers(once.floats(), variant).values, once.values)


@given(matrices)
def test_integers_are_those_of_onnx_runtimes_quantiser(weight):
    array = weight.numpy()
    zero, scale, values = quantize_data(array, QuantType.QInt8.tensor_type, symmetric=True)
    found = to_integers(weight, INT8)
    assert int(zero) == 0
    assert float(found.scales) == pytest.approx(float(scale), rel=1e-6)
    assert np.array_equal(found.values.numpy(), values)


@given(matrices)
def test_packed_numbers_come_back(weight):
    values = to_integers(weight, INT4).values
    packed = pack_int4(values)
    assert packed.dtype == torch.uint8
    assert packed.shape[1] == 16 * -(-weight.shape[1] // 32)
    assert torch.equal(unpack_int4(packed, weight.shape[1]), values)


def test_a_weight_of_zeros_stays_one():
    for variant in (INT8, CHANNELS, INT4):
        assert torch.equal(to_integers(torch.zeros(2, 40), variant).floats(), torch.zeros(2, 40))
