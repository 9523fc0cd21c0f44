"""A network with its weights, turned into a variant of itself."""

from __future__ import annotations

from torch import nn

from model_zoo.families import load_family
from model_zoo.spec import ModelSpec
from model_zoo.variants.distill import distill
from model_zoo.variants.fold import fold_norms
from model_zoo.variants.low_rank import factor, factor_to, ranks_by_share
from model_zoo.variants.name import Kind
from model_zoo.variants.prune import prune
from model_zoo.variants.quantise import snap
from model_zoo.variants.shape import real_sizes
from model_zoo.variants.structured import shrink


def vary(module: nn.Module, spec: ModelSpec) -> nn.Module:
    """Turn a plain network of a spec, whatever its weights, into the spec's variant.

    The network given is used up. Where weights are stored as integers, they are what the integers
    stand for, so that the result is the network that a runtime has to match.

    Args:
        module: Of the spec's own sizes, in fp32 on the CPU.
        spec: With a variant, or plain: then the network is returned as it is.

    Raises:
        ValueError: the family cannot be made into this variant.
    """
    variant = spec.transform
    if variant is None:
        return module
    if variant.kind is Kind.STRUCTURED:
        smaller = load_family(spec.family).build(real_sizes(spec))
        return shrink(module, smaller.requires_grad_(requires_grad=False).eval())
    if variant.kind is Kind.DISTILLED:
        return distill(module, spec)
    if variant.kind in {Kind.SVD, Kind.SVD_ENERGY}:
        factor(module, variant)
    elif variant.kind in {Kind.PRUNE, Kind.PRUNE_2_4}:
        prune(module, variant)
    elif variant.is_integer:
        if variant.kind is Kind.INT8_STATIC:
            fold_norms(module)
        snap(module, variant)
    return module.requires_grad_(requires_grad=False)


def vary_shape(module: nn.Module, spec: ModelSpec) -> None:
    """Give a network on `meta`, of the sizes that the variant leaves, the variant's layers.

    Raises:
        ValueError: the ranks depend on the weights.
    """
    variant = spec.transform
    if variant is None:
        return
    if variant.kind is Kind.SVD_ENERGY:
        raise ValueError("the ranks of svd-energy are known when the weights are")
    if variant.kind is Kind.SVD:
        factor_to(module, ranks_by_share(module, variant.share))
    if variant.kind is Kind.INT8_STATIC:
        fold_norms(module)
