"""From a spec to a network with its weights: constructed without memory, then filled in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import nn

from model_zoo.families import load_family
from model_zoo.fill import fill, fillings, seed_of
from model_zoo.spec import ModelSpec
from model_zoo.variants.shape import real_sizes

DTYPES: Final = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float64": torch.float64,
}


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """A network in evaluation mode; it takes its signature's tensors and gives one or a tuple."""

    spec: ModelSpec
    module: nn.Module
    parameter_count: int


def build_on_meta(spec: ModelSpec, dtype: str = "float32") -> BuiltModel:
    """Construct a network whose tensors have shapes and no memory.

    Raises:
        ValueError: the family or dtype is unknown, or a size that the family needs is missing.
    """
    if dtype not in DTYPES:
        raise ValueError(f"unknown dtype {dtype!r}; there are {', '.join(DTYPES)}")
    family = load_family(spec.family)
    try:
        with torch.device("meta"):
            module = family.build(real_sizes(spec))
    except KeyError as error:
        raise ValueError(f"{spec.family} needs the size {error}; see `zoo list`") from error
    module = module.to(DTYPES[dtype]).requires_grad_(requires_grad=False).eval()
    if spec.variant:
        from model_zoo.variants.apply import vary_shape

        vary_shape(module, spec)
    return _built(spec, module)


def _built(spec: ModelSpec, module: nn.Module) -> BuiltModel:
    return BuiltModel(spec, module, sum(weight.numel() for weight in module.parameters()))


def build(spec: ModelSpec, dtype: str = "float32") -> BuiltModel:
    """Construct a network on the CPU and fill its weights; memory is allocated once.

    A variant is made of the plain network in fp32 and converted at the end, so that every format
    has the same weights; that takes the memory of both.

    Raises:
        ValueError: the family or dtype is unknown, or a size that the family needs is missing.
    """
    if spec.variant:
        from model_zoo.variants.apply import vary

        varied = vary(build(spec.parent).module, spec)
        return _built(spec, varied.to(DTYPES[dtype]))
    built = build_on_meta(spec, dtype)
    materialise(built.module)
    for name, tensor, filling in fillings(built.module):
        fill(tensor, filling, seed_of(spec, name))
    return built


def materialise(module: nn.Module) -> None:
    """Give every tensor of a network on `meta` memory on the CPU, its values whatever lay there.

    `Module.to_empty` does the same through an operator whose first call on a meta tensor imports
    sympy: 0.3 s, which would be counted as the time to prepare. Tensors that are shared stay so.
    """
    made: dict[int, torch.Tensor] = {}

    def real(tensor: torch.Tensor) -> torch.Tensor:
        if id(tensor) not in made:
            empty = torch.empty(tensor.shape, dtype=tensor.dtype)
            is_weight = isinstance(tensor, nn.Parameter)
            made[id(tensor)] = nn.Parameter(empty, requires_grad=False) if is_weight else empty
        return made[id(tensor)]

    for part in module.modules():
        own = [*part.named_parameters(recurse=False), *part.named_buffers(recurse=False)]
        for name, tensor in own:
            setattr(part, name, real(tensor))
