"""Operations of one pass, against closed forms: two for each multiply-accumulate."""

import pytest
import torch
from torch import nn

from model_zoo.own.work import work_of


def double(module):
    return module.double().eval()


def test_a_dense_layer_multiplies_every_weight_for_every_row():
    work = work_of(double(nn.Linear(30, 7)), (torch.randn(5, 30).double(),))
    assert work.flops == 2 * 5 * 30 * 7
    assert (work.depth, work.widest, work.reason) == (1, 30, "")


def test_a_convolution_sums_over_its_window():
    module = double(nn.Conv2d(3, 8, 5, bias=False))
    work = work_of(module, (torch.randn(2, 3, 12, 12).double(),))
    assert work.flops == 2 * 2 * 8 * 8 * 8 * 3 * 25
    assert (work.depth, work.widest) == (1, 75)


def test_products_one_after_another_are_counted():
    layers = nn.Sequential(nn.Linear(4, 9), nn.ReLU(), nn.Linear(9, 9), nn.Linear(9, 2))
    work = work_of(double(layers), (torch.randn(1, 4).double(),))
    assert (work.depth, work.widest) == (3, 9)


def test_a_transformer_layer_is_counted_through_torch_s_fused_path():
    layer = double(nn.TransformerEncoderLayer(16, 4, 32, batch_first=True))
    before = torch.backends.mha.get_fastpath_enabled()
    work = work_of(layer, (torch.randn(2, 10, 16).double(),))
    tokens = 2 * 10
    dense = tokens * (3 * 16 * 16 + 16 * 16 + 2 * 16 * 32)
    attention = 2 * 2 * 10 * 10 * 16
    assert work.flops == 2 * (dense + attention)
    assert work.widest >= 32
    assert torch.backends.mha.get_fastpath_enabled() == before


def test_a_recurrent_layer_is_as_deep_as_its_steps():
    work = work_of(double(nn.LSTM(5, 3)), (torch.randn(9, 1, 5).double(),))
    assert work.flops == 2 * 9 * (5 * 12 + 3 * 12)
    assert work.depth >= 9


def test_an_operator_without_a_formula_leaves_no_count_and_is_named():
    @torch.library.custom_op("scalecurve_tests::twice", mutates_args=())
    def twice(rows: torch.Tensor) -> torch.Tensor:
        return rows * 2

    class Own(nn.Module):
        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            return twice(rows)

    work = work_of(Own(), (torch.ones(2),))
    assert work.flops is None
    assert "scalecurve_tests::twice has no formula" in work.reason


def test_what_multiplies_nothing_costs_nothing():
    work = work_of(nn.ReLU(), (torch.ones(2),))
    assert (work.flops, work.depth, work.widest) == (0, 0, 0)


@pytest.mark.parametrize("enabled", [True, False])
def test_torch_s_switches_are_left_as_they_were(enabled):
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(enabled)
    try:
        work_of(nn.ReLU(), (torch.ones(2),))
        assert torch.backends.mha.get_fastpath_enabled() is enabled
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
