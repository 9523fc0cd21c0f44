import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_zoo.families import FAMILIES
from model_zoo.inputs import example_inputs, output_signature, signature
from model_zoo.solve import solve
from model_zoo.tensor import TensorSpec


@given(st.sampled_from(tuple(FAMILIES)), st.integers(1, 5), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_an_item_is_the_same_in_every_batch(family, batch_size, index):
    spec = solve(family, 10**5)
    small = example_inputs(spec, batch_size, index)
    large = example_inputs(spec, batch_size + 2, index)
    for tensor, few, many in zip(signature(spec), small, large, strict=True):
        assert few.shape == (batch_size, *tensor.shape)
        assert str(few.dtype) == tensor.dtype
        assert np.array_equal(few, many[:batch_size])


@pytest.mark.parametrize("family", FAMILIES)
def test_items_and_indices_differ(family):
    spec = solve(family, 10**5)
    (first,), (second,) = example_inputs(spec, 2, 0), example_inputs(spec, 2, 1)
    assert not np.array_equal(first, second)
    assert not np.array_equal(first[0], first[1])


@pytest.mark.parametrize("family", ["encoder", "decoder"])
def test_tokens_are_in_the_vocabulary(family):
    spec = solve(family, 10**5)
    (tokens,) = example_inputs(spec, 50)
    assert 0 <= tokens.min() < 10
    assert 1014 <= tokens.max() < 1024


def test_pixels_are_of_order_one():
    (image,) = example_inputs(solve("resnet", 10**5), 20)
    assert image.std() == pytest.approx(1, abs=0.2)


def test_an_empty_batch_is_refused():
    with pytest.raises(ValueError, match="at least one item"):
        example_inputs(solve("mlp", 10**4), 0)


def test_every_family_names_its_outputs():
    names = {
        name: [item.name for item in output_signature(solve(name, 10**5))] for name in FAMILIES
    }
    assert names.pop("encoder") == ["states", "pooled"]
    assert set(map(tuple, names.values())) == {("scores",)}


def test_a_tensor_knows_its_size():
    tensor = TensorSpec(name="image", shape=(3, 4, 5))
    assert (tensor.elements, tensor.item_bytes(2)) == (60, 120)
