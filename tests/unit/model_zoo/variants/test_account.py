"""The account on paper is what the built network has, family by family, variant by variant."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from model_zoo.build import build, build_on_meta
from model_zoo.cost import cost
from model_zoo.families import FAMILIES
from model_zoo.inputs import example_inputs
from model_zoo.solve import parameter_count, solve
from model_zoo.variants.account import account
from tests.unit.model_zoo.networks import specs

SHAPED = ("structured-0.5", "structured-0.25", "svd-0.25", "int8-static", "distilled-0.5")


def counted_flops(module, spec):
    inputs = (torch.from_numpy(array).to("meta") for array in example_inputs(spec, 1))
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        module(*inputs)
    return counter.get_total_flops()


@pytest.mark.parametrize("text", SHAPED)
@pytest.mark.parametrize("family", FAMILIES)
def test_parameters_and_flops_are_those_of_the_network(family, text):
    spec = solve(family, 1_000_000).varied(text)
    built = build_on_meta(spec)
    assert built.parameter_count == parameter_count(spec) == account(spec).stored_parameters
    assert counted_flops(built.module, spec) == pytest.approx(account(spec).flops, rel=0.01)
    assert account(spec).flops == cost(spec).flops
    assert account(spec).nominal_parameters == parameter_count(spec.parent)


@given(specs(), st.sampled_from(SHAPED[:-1]))
@settings(deadline=None, max_examples=60)
def test_any_network_has_the_parameters_that_its_variant_says(plain, text):
    spec = plain.varied(text)
    assert build_on_meta(spec).parameter_count == account(spec).stored_parameters


@pytest.mark.parametrize("text", ["prune-0.3", "prune-2:4"])
@pytest.mark.parametrize("family", ["mlp", "cnn", "encoder"])
def test_zeros_are_counted_as_pruning_leaves_them(family, text):
    spec = solve(family, 30_000).varied(text)
    nonzero = sum(int(weight.count_nonzero()) for weight in build(spec).module.parameters())
    assert nonzero == account(spec).nonzero_parameters
    assert account(spec).stored_bytes == account(spec.parent).stored_bytes


def test_a_plain_network_stores_what_it_has():
    found = account(solve("mlp", 10**5))
    assert found.nominal_parameters == found.stored_parameters == found.nonzero_parameters
    assert found.stored_bytes == 4 * found.stored_parameters


def test_ranks_by_energy_are_not_known_on_paper():
    spec = solve("mlp", 10**4).varied("svd-energy-0.5")
    assert account(spec).stored_parameters == account(spec.parent).stored_parameters
    with pytest.raises(ValueError, match="when the weights are"):
        build_on_meta(spec)
    assert build(spec).parameter_count < account(spec).stored_parameters
