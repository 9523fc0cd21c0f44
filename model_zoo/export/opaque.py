"""Parts of a network that are exported as one operator of ours, whose ONNX form we write ourselves.

torch.export would take an LSTM apart step by step, and attention into operators that find out at
run time what is known when a network is built; both also take most of the exporter's time.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model_zoo.families.attention import Attention, Heads, Rotary
from model_zoo.families.blocks import Recurrent


@torch.library.custom_op("scalecurve::lstm", mutates_args=())
def lstm(sequence: Tensor, weights: list[Tensor]) -> Tensor:
    """Stand for stacked LSTM layers, (batch, steps, inputs) to (batch, steps, hidden)."""
    raise NotImplementedError("only exported, never run")


@lstm.register_fake
def _lstm_shape(sequence: Tensor, weights: list[Tensor]) -> Tensor:
    return sequence.new_empty(*sequence.shape[:2], weights[1].shape[1])


@torch.library.custom_op("scalecurve::heads", mutates_args=())
def heads(projections: Tensor, rotary: list[Tensor], count: int, *, is_causal: bool) -> Tensor:
    """Stand for `Heads`, (batch, tokens, 3 width) to (batch, tokens, width).

    Args:
        projections: queries, keys and values.
        rotary: cosines and sines of rotary positions, or nothing.
        count: number of heads.
        is_causal: whether a token sees only those before it.
    """
    raise NotImplementedError("only exported, never run")


@heads.register_fake
def _heads_shape(
    projections: Tensor,
    rotary: list[Tensor],  # noqa: ARG001 -- the operator's arguments
    count: int,  # noqa: ARG001
    *,
    is_causal: bool,  # noqa: ARG001
) -> Tensor:
    batch, tokens, width = projections.shape
    return projections.new_empty(batch, tokens, width // 3)


class _OpaqueLstm(nn.Module):
    """Stacked LSTM layers, their weights by torch's names."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        for name, weight in layers.named_parameters():
            self.register_parameter(name, weight)

    def forward(self, sequence: Tensor) -> tuple[Tensor]:
        """Map (batch, steps, inputs) to (batch, steps, hidden), alone in a tuple as torch's."""
        return (lstm(sequence, list(self.parameters())),)


class _OpaqueHeads(nn.Module):
    """The heads of self-attention."""

    def __init__(self, whole: Heads) -> None:
        super().__init__()
        self.rotary = whole.rotary
        self.count = whole.split[2]
        self.is_causal = whole.is_causal

    def forward(self, projections: Tensor) -> Tensor:
        """Map (batch, tokens, 3 width) to (batch, tokens, width)."""
        turns = self.rotary
        rotary = [turns.cosines, turns.sines] if isinstance(turns, Rotary) else []
        mixed: Tensor = heads(projections, rotary, self.count, is_causal=self.is_causal)
        return mixed


def make_opaque(module: nn.Module) -> None:
    """Replace LSTM layers and attention heads in place; the weights keep their names."""
    for part in tuple(module.modules()):
        if isinstance(part, Recurrent):
            part.layers = _OpaqueLstm(part.layers)
        if isinstance(part, Attention) and isinstance(part.heads, Heads):
            part.heads = _OpaqueHeads(part.heads)
