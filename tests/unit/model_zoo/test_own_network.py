"""What a factory gives is checked before anything is measured."""

import numpy as np
import pytest
import torch

from model_zoo.own import own_spec
from model_zoo.own.locate import BadFactory
from model_zoo.own.network import (
    Positional,
    as_arrays,
    content_digest,
    fingerprint,
    make_network,
)
from model_zoo.own.outputs import flat

NETWORKS = "tests.unit.model_zoo.own_networks"


def made(name):
    return make_network(own_spec(f"{NETWORKS}:{name}"))


def test_a_network_comes_in_evaluation_mode_without_gradients_and_counts_shared_weights_once():
    network = made("tied")
    assert not any(part.training for part in network.module.modules())
    assert not any(weight.requires_grad for weight in network.module.parameters())
    assert network.parameter_count == 36
    assert network.names == ("input0",)
    assert network.callable() is network.module


@pytest.mark.parametrize(
    ("name", "names", "outputs"),
    [
        ("tied", ("input0",), 1),
        ("two_inputs", ("input0", "input1"), 1),
        ("by_name", ("tokens", "mask"), 3),
        ("stateful", ("input0",), 3),
    ],
)
def test_tensors_tuples_and_mappings_go_in_by_position(name, names, outputs):
    network = made(name)
    assert network.names == names
    found = flat(network.callable()(*network.example))
    exported = Positional(network)(*network.example)
    assert len(found) == len(exported) == outputs
    for one, other in zip(found, exported, strict=True):
        assert torch.equal(one, other)


def test_every_call_gives_the_same_weights_and_inputs_whatever_was_drawn_before():
    first = made("tied")
    torch.randn(7)
    second = made("tied")
    assert content_digest(first) == content_digest(second)
    assert fingerprint(first) == fingerprint(second)
    assert torch.equal(first.example[0], second.example[0])


def test_digests_tell_two_networks_apart():
    first, second = made("another_each_time"), made("another_each_time")
    assert fingerprint(first) != fingerprint(second)
    assert content_digest(first) != content_digest(second)
    changed = made("tied")
    changed.module.get_buffer("shift")[3] += 1
    assert fingerprint(changed) != fingerprint(made("tied"))


def test_a_digest_of_everything_sees_what_a_fingerprint_may_not():
    network = made("two_inputs")
    large = torch.nn.Linear(512, 512)
    network.module.add_module("large", large)
    before = fingerprint(network), content_digest(network)
    with torch.no_grad():
        large.weight[0, 1] += 1
    assert fingerprint(network) == before[0]
    assert content_digest(network) != before[1]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("wrong_one", "gave a Linear; expected a pair"),
        ("wrong_three", "gave a tuple of 3; expected a pair"),
        ("wrong_order", "gave a Tensor in first place"),
        ("wrong_list", "'input1' is a int; expected a tensor"),
        ("wrong_none", "are a NoneType; expected tensors"),
        ("wrong_empty", "are a dict of 0; expected tensors"),
        ("wrong_complex", "complex64"),
        ("wrong_sparse", "sparse_coo"),
        ("wrong_key", "input 1 is a Tensor"),
        ("on_meta", "weight is on meta; expected all on the CPU"),
    ],
)
def test_what_is_no_network_with_its_inputs_is_refused_in_words(name, said):
    with pytest.raises(BadFactory, match=said):
        made(name)


def test_what_a_factory_raises_is_raised():
    with pytest.raises(KeyError, match="no such checkpoint"):
        made("raises")


def test_numpy_has_bfloat16_as_float32():
    tensors = (torch.ones(2, dtype=torch.bfloat16), torch.ones(2, dtype=torch.int32))
    assert [array.dtype for array in as_arrays(tensors)] == [np.float32, np.int32]
