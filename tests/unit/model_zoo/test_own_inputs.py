"""Inputs are drawn like the example. Needs no torch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from model_zoo.own.inputs import at_batch_size, drawn_like
from model_zoo.own.locate import BadFactory
from model_zoo.own.outputs import flat

FLOATS = arrays.arrays(
    np.float32, (4, 3), elements=st.floats(-100, 100, width=32), fill=st.nothing(), unique=True
)
INTEGERS = arrays.arrays(np.int64, (4, 3), elements=st.integers(-50, 50))


@given(FLOATS, st.integers(0, 100))
def test_other_floats_have_the_example_s_shape_format_and_range(example, seed):
    (drawn,) = drawn_like((example,), seed)
    assert (drawn.shape, drawn.dtype) == (example.shape, example.dtype)
    assert drawn.min() >= example.min()
    assert drawn.max() <= example.max()
    assert not np.array_equal(drawn, example)


@given(INTEGERS, st.integers(0, 100))
def test_other_integers_lie_in_the_range_seen(example, seed):
    weights = np.arange(12, dtype=np.float32).reshape(4, 3)
    drawn, _ = drawn_like((example, weights), seed)
    assert (drawn.shape, drawn.dtype) == (example.shape, example.dtype)
    assert example.min() <= drawn.min() <= drawn.max() <= example.max()


def test_many_floats_have_the_example_s_mean_and_spread():
    example = np.random.default_rng(1).normal(5.0, 2.0, (100, 100)).astype(np.float32)
    (drawn,) = drawn_like((example,), 3)
    assert drawn.mean() == pytest.approx(5.0, abs=0.1)
    assert drawn.std() == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize(("constant", "scale"), [(0.0, 1.0), (-4.0, 4.0)])
def test_constant_floats_are_spread_by_their_own_size(constant, scale):
    (drawn,) = drawn_like((np.full((100, 100), constant, dtype=np.float16),), 3)
    assert drawn.dtype == np.float16
    assert drawn.std(dtype=np.float64) == pytest.approx(scale, rel=0.05)


def test_truth_values_are_shuffled():
    example = np.arange(1000) < 300
    (drawn,) = drawn_like((example,), 3)
    assert drawn.sum() == 300
    assert not np.array_equal(drawn, example)


def test_constant_integers_alone_are_refused_and_beside_others_they_stay():
    mask = np.ones((2, 8), dtype=np.int64)
    with pytest.raises(BadFactory, match="constant whole numbers"):
        drawn_like((mask, np.zeros((2, 0), dtype=np.float32)), 1)
    tokens = np.arange(16).reshape(2, 8)
    same, drawn = drawn_like((mask, tokens), 1)
    assert np.array_equal(same, mask)
    assert not np.array_equal(drawn, tokens)


def test_the_same_seed_gives_the_same_inputs():
    example = (np.arange(6.0).reshape(2, 3),)
    assert np.array_equal(drawn_like(example, 1)[0], drawn_like(example, 1)[0])
    assert not np.array_equal(drawn_like(example, 1)[0], drawn_like(example, 2)[0])


def test_items_are_repeated_or_cut_to_the_batch():
    example = (np.arange(3), np.arange(6).reshape(3, 2))
    larger = at_batch_size(example, 5)
    assert larger[0].tolist() == [0, 1, 2, 0, 1]
    assert larger[1].tolist() == [[0, 1], [2, 3], [4, 5], [0, 1], [2, 3]]
    assert at_batch_size(example, 1)[1].tolist() == [[0, 1]]


@pytest.mark.parametrize(
    "example", [(np.zeros((2, 3)), np.zeros((4, 4))), (np.zeros(()),), (np.zeros((0, 3)),)]
)
def test_inputs_without_a_common_batch_are_one_batch_of_one(example):
    assert at_batch_size(example, 1) == example
    with pytest.raises(BadFactory, match="no batch of 2"):
        at_batch_size(example, 2)


def test_outputs_are_flat_whatever_they_come_in():
    assert flat(1) == (1,)
    assert flat({"a": 1, "b": None, "c": [2, (3, {"d": 4})]}) == (1, 2, 3, 4)
    assert flat(()) == ()
