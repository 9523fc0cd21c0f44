"""The roofline rests on the cost model: its FLOPs are torch's own count, in every family."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from model_zoo.build import build_on_meta
from model_zoo.cost import cost
from model_zoo.families import FAMILIES
from model_zoo.inputs import example_inputs
from model_zoo.solve import solve


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("family", FAMILIES)
def test_flops_of_a_solved_network_are_what_torch_counts(family, batch_size):
    spec = solve(family, 1_000_000)
    inputs = (torch.from_numpy(array).to("meta") for array in example_inputs(spec, batch_size))
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        build_on_meta(spec).module(*inputs)
    assert counter.get_total_flops() == pytest.approx(cost(spec, batch_size).flops, rel=0.01)
