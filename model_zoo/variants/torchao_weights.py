"""The file that wraps torchao: integer weights as parameters that dense layers multiply by."""

from __future__ import annotations

from math import gcd

import torch
from torch import Tensor, nn
from torchao.quantization import Int8Tensor, IntxUnpackedToInt8Tensor, PerRow, PerTensor
from torchao.quantization.quantize_.workflows.int8.int8_tensor import QuantizeTensorToInt8Kwargs

from model_zoo.variants.name import Kind, Variant
from model_zoo.variants.quantise import Integers
from model_zoo.variants.shape import BLOCK


def weight_of(integers: Integers, variant: Variant, input_scale: Tensor | None) -> nn.Parameter:
    """Return the parameter of a dense layer whose weight is these integers.

    Args:
        integers: Of the layer's weight, (outputs, inputs).
        variant: What is done with its inputs: nothing, or rounded to int8 token by token, or with
            one scale for all.
        input_scale: The one scale, with as many axes as the inputs have; None for the others.
    """
    if variant.kind is Kind.INT4_WEIGHT:
        # torchao has whole blocks only: a row that ends within one has smaller ones throughout.
        inputs = integers.values.shape[1]
        block = gcd(BLOCK, inputs)
        scales = integers.scales.repeat_interleave(BLOCK // block, dim=1)[:, : inputs // block]
        kept: Tensor = IntxUnpackedToInt8Tensor(
            qdata=integers.values,
            scale=scales.contiguous(),
            zero_point=torch.zeros_like(scales, dtype=torch.int8),
            target_dtype=torch.int4,  # type: ignore[attr-defined]  # torch has no stub of it
            block_size=(1, block),
            dtype=torch.float32,
            activation_quantization=None,
        )
        return nn.Parameter(kept, requires_grad=False)
    outputs, inputs = integers.values.shape
    rounded = {
        Kind.INT8_DYNAMIC: QuantizeTensorToInt8Kwargs(granularity=PerRow()),
        Kind.INT8_STATIC: QuantizeTensorToInt8Kwargs(granularity=PerTensor()),
    }
    kept = Int8Tensor(
        integers.values,
        integers.scales.reshape(-1, 1),
        [1, inputs] if variant.per_channel else [outputs, inputs],
        torch.float32,
        act_quant_scale=input_scale,
        act_quant_kwargs=rounded.get(variant.kind),
    )
    return nn.Parameter(kept, requires_grad=False)
