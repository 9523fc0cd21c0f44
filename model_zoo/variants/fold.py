"""Batch norms folded into the convolutions before them, as runtimes do before they quantise."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from model_zoo.families.blocks import NormedConvolution


def fold_norms(module: nn.Module) -> None:
    """Replace each norm by a bias of its convolution, in place; of `meta` tensors the shapes."""
    for part in module.modules():
        if not isinstance(part, NormedConvolution) or not isinstance(part.norm, nn.BatchNorm2d):
            continue
        convolution = part.convolution
        if convolution.weight.is_meta:
            bias = torch.empty_like(convolution.weight[:, 0, 0, 0])
            convolution.bias = nn.Parameter(bias, requires_grad=False)
        else:
            part.convolution = fuse_conv_bn_eval(convolution, part.norm)
        part.set_submodule("norm", nn.Identity())
