"""Weights as integers and scales: w is near scale x w_q, and w_q = sign(w) round(|w| / scale).

With int8 the scale is the largest |w| of a tensor, or of an output channel, over 127. No weight is
clipped, so that |w - scale w_q| is at most scale / 2: half of 1 / 127 of the largest weight. With
int4 a block of 32 weights has the scale m / -8, where m is the one of largest size with its sign:
m itself becomes -8 and is exact, and a weight is off by scale / 2 at most, except where it is
nearer to -m than half a step: 7 is the largest integer, so that it is off by up to a whole scale.

Source: Jacob et al., Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference (2018), section 2.1, with a zero point of 0; the form of the int4
blocks is that of `MatMulNBits` in ONNX Runtime's contributed operators.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model_zoo.families.blocks import Convolution, Dense
from model_zoo.variants.calibrate import INT8_MOST
from model_zoo.variants.name import Kind, Variant
from model_zoo.variants.shape import BLOCK

_INT4_LEAST, _INT4_MOST = -8, 7


@dataclass(frozen=True, slots=True, eq=False)
class Integers:
    """A weight as whole numbers and their scales."""

    values: Tensor
    """int8, of the weight's shape."""
    scales: Tensor
    """fp32: () for a tensor, (outputs,) for channels, (outputs, blocks) for blocks."""

    def floats(self) -> Tensor:
        """Return the weight that they stand for, in fp32, of the weight's shape."""
        numbers = self.values.float()
        if self.scales.dim() == 2:  # noqa: PLR2004 -- (outputs, blocks)
            wide = self.scales.repeat_interleave(BLOCK, dim=1)
            return numbers * wide[:, : numbers.shape[1]]
        return numbers * self.scales.reshape(-1, *[1] * (numbers.dim() - 1))


def to_integers(weight: Tensor, variant: Variant) -> Integers:
    """Round a layer's weight, (outputs, inputs, ...), to integers; doing so again changes nothing.

    Args:
        weight: Finite numbers.
        variant: One that stores integers.
    """
    weight = weight.detach().float()
    if variant.kind is Kind.INT4_WEIGHT:
        return _in_blocks(weight)
    flat = weight.reshape(len(weight) if variant.per_channel else 1, -1)
    scales = (flat.abs().amax(dim=1).double() / INT8_MOST).float()
    scales = torch.where(scales > 0, scales, torch.ones_like(scales))
    values = (flat / scales[:, None]).round().to(torch.int8).reshape(weight.shape)
    return Integers(values, scales if variant.per_channel else scales.reshape(()))


def _in_blocks(weight: Tensor) -> Integers:
    """Round rows to int4 block by block; the last block of a row may be shorter."""
    outputs, inputs = weight.shape
    blocks = nn.functional.pad(weight, (0, -inputs % BLOCK)).reshape(outputs, -1, BLOCK)
    largest = blocks.gather(2, blocks.abs().argmax(dim=2, keepdim=True))[..., 0]
    scales = largest / _INT4_LEAST
    divisors = torch.where(scales == 0, torch.ones_like(scales), scales)[..., None]
    values = (blocks / divisors).round().clamp(_INT4_LEAST, _INT4_MOST).to(torch.int8)
    return Integers(values.reshape(outputs, -1)[:, :inputs].contiguous(), scales)


def quantised_layers(module: nn.Module, variant: Variant) -> dict[str, Dense | Convolution]:
    """Return the layers whose weights a variant stores as integers, by name."""
    kinds = (Dense, Convolution) if variant.kind is Kind.INT8_STATIC else (Dense,)
    return {name: part for name, part in module.named_modules() if isinstance(part, kinds)}


def snap(module: nn.Module, variant: Variant) -> None:
    """Replace weights, in place, by what their integers stand for."""
    for layer in quantised_layers(module, variant).values():
        layer.weight.data = to_integers(layer.weight, variant).floats()


def pack_int4(values: Tensor) -> Tensor:
    """Pack numbers from -8 to 7, (outputs, inputs), two to a byte, the first in the low bits.

    Returns:
        (outputs, bytes of whole blocks) uint8.
    """
    padded = nn.functional.pad(values, (0, -values.shape[1] % BLOCK))
    nibbles = (padded - _INT4_LEAST).to(torch.uint8)
    return nibbles[:, ::2] | (nibbles[:, 1::2] << 4)


def unpack_int4(packed: Tensor, inputs: int) -> Tensor:
    """Undo `pack_int4`: (outputs, bytes) uint8 to (outputs, inputs) int8."""
    nibbles = torch.stack((packed & 15, packed >> 4), dim=2).reshape(len(packed), -1)
    return (nibbles.to(torch.int8) + _INT4_LEAST)[:, :inputs].contiguous()
