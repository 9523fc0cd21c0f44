"""Dense and 1x1 layers as two smaller ones: their truncated singular value decomposition.

Source: Eckart and Young, The Approximation of One Matrix by Another of Lower Rank (1936): of all
matrices of a rank it is the nearest.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from model_zoo.families.blocks import Convolution, Dense
from model_zoo.variants.name import Kind, Variant
from model_zoo.variants.shape import rank


def factor(module: nn.Module, variant: Variant) -> None:
    """Replace every layer of which two factors are smaller, in place."""
    for name, layer in _layers(module):
        weight = layer.weight.detach().flatten(1)
        left, values, right = torch.linalg.svd(weight.double(), full_matrices=False)
        wanted = _rank(values, weight.shape, variant)
        if wanted:
            root = values[:wanted].sqrt()
            first, second = pair(layer, wanted)
            _fill(first, root[:, None] * right[:wanted])
            _fill(second, left[:, :wanted] * root)
            if layer.bias is not None:
                second.get_parameter("bias").data = layer.bias.data
            module.set_submodule(name, nn.Sequential(first, second))


def factor_to(module: nn.Module, ranks: dict[str, int]) -> None:
    """Replace layers on `meta` by two of given ranks, in place; their weights have no values."""
    for name, layer in _layers(module):
        if name in ranks:
            module.set_submodule(name, nn.Sequential(*pair(layer, ranks[name])))


def ranks_by_share(module: nn.Module, share: float) -> dict[str, int]:
    """Return the ranks of a share, by layer; a layer that would not shrink is left out."""
    found = {
        name: rank(layer.weight.shape[1], layer.weight.shape[0], share)
        for name, layer in _layers(module)
    }
    return {name: wanted for name, wanted in found.items() if wanted}


def pair(layer: Dense | Convolution, wanted: int) -> tuple[nn.Module, nn.Module]:
    """Return two empty layers, of the first's device and format, whose product stands for one."""
    outputs, inputs = layer.weight.shape[:2]
    has_bias = layer.bias is not None
    first: Dense | Convolution
    second: Dense | Convolution
    if isinstance(layer, Convolution):
        first = Convolution(inputs, wanted, 1, gain=1.0, stride=layer.stride, bias=False)
        second = Convolution(wanted, outputs, 1, gain=layer.gain, bias=has_bias)
    else:
        first = Dense(inputs, wanted, bias=False)
        second = Dense(wanted, outputs, gain=layer.gain, bias=has_bias)
    weight = layer.weight
    for part in (first, second):
        part.to(device=weight.device, dtype=weight.dtype).requires_grad_(requires_grad=False).eval()
    return first, second


def _layers(module: nn.Module) -> Iterator[tuple[str, Dense | Convolution]]:
    """Yield the layers that a matrix product stands for; a copy of the list, for it is changed."""
    for name, part in tuple(module.named_modules()):
        if isinstance(part, Dense) or (isinstance(part, Convolution) and _is_pointwise(part)):
            yield name, part


def _is_pointwise(layer: Convolution) -> bool:
    return layer.kernel_size == (1, 1) and layer.groups == 1


def _rank(values: Tensor, shape: torch.Size, variant: Variant) -> int:
    outputs, inputs = shape
    if variant.kind is Kind.SVD:
        return rank(inputs, outputs, variant.share)
    energy = values.square().cumsum(0)
    wanted = int((energy < variant.share * energy[-1]).sum()) + 1
    return wanted if wanted * (inputs + outputs) < inputs * outputs else 0


def _fill(layer: nn.Module, values: Tensor) -> None:
    weight = layer.get_parameter("weight")
    weight.data = values.to(weight.dtype).reshape(weight.shape).contiguous()
