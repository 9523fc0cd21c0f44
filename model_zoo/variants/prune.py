"""Weights set to zero: the smallest of each layer, or two of every four. Nothing shrinks."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils import prune as torch_prune

from model_zoo.families.blocks import Convolution, Dense
from model_zoo.variants.name import Kind, Variant
from model_zoo.variants.shape import GROUP


class TwoOfFour(torch_prune.BasePruningMethod):
    """Keeps the two largest of every four weights in a row; rows of another length stay whole.

    Source: Mishra et al., Accelerating Sparse Deep Neural Networks (2021), section 2.
    """

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Return ones where a weight of (outputs, ...) stays."""
        groups = t.detach().reshape(len(t), -1)
        if groups.shape[1] % GROUP:
            return default_mask
        groups = groups.reshape(-1, GROUP)
        largest = groups.abs().topk(GROUP // 2, dim=1).indices
        mask = torch.zeros_like(groups).scatter_(1, largest, 1.0)
        return mask.reshape(t.shape) * default_mask


def prune(module: nn.Module, variant: Variant) -> None:
    """Set weights of dense layers and convolutions to zero, in place."""
    for layer in module.modules():
        if not isinstance(layer, Dense | Convolution):
            continue
        # torch leaves these functions without annotations.
        if variant.kind is Kind.PRUNE_2_4:
            TwoOfFour.apply(layer, "weight")  # type: ignore[no-untyped-call]
        else:
            torch_prune.l1_unstructured(layer, "weight", amount=variant.share)  # type: ignore[no-untyped-call]
        torch_prune.remove(layer, "weight")  # type: ignore[no-untyped-call]
