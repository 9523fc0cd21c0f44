"""Which sizes and products a variant's network has: closed forms, no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from model_zoo.families import load_family
from model_zoo.families.step import Step
from model_zoo.spec import ModelSpec
from model_zoo.variants.name import Kind, Variant

GROUP: Final = 4
"""Weights in a row of which 2:4 sparsity keeps two.

Source: Mishra et al., Accelerating Sparse Deep Neural Networks (2021), section 2.
"""
BLOCK: Final = 32
"""Weights of a row that share a scale in int4, as in ggml's Q4_0 and ONNX Runtime's MatMulNBits."""

_NARROWED: Final[Mapping[str, tuple[str, ...]]] = {
    "mlp": ("hidden_size", "last_size"),
    "cnn": ("channels", "dense_size"),
    "resnet": ("inner_1", "inner_2", "inner_3", "inner_4"),
    "mobilenet": ("expansion", "head_channels"),
    "vit": ("feed_forward",),
    "encoder": ("feed_forward",),
    "decoder": ("feed_forward",),
    "lstm": ("hidden_size", "dense_size"),
}
"""Sizes that fall where units are removed; of what a residual is added to, nothing is."""


_OUTSIDE: Final = frozenset(
    {
        *("classes", "input_size", "sequence_length", "image_channels", "image_size", "patch_size"),
        *("tokens", "positions", "vocabulary", "tied", "rotary", "parallel"),
    }
)
"""Sizes of what a network takes and gives, and its form: a student has its teacher's."""


def kept(count: int, removed: float) -> int:
    """Return how many of some units stay where a share of them is removed: one at least."""
    return max(1, round(count * (1 - removed)))


def rank(inputs: int, outputs: int, share: float) -> int:
    """Return the rank that a share of the full one is; 0 where two factors would be no smaller."""
    wanted = max(1, round(share * min(inputs, outputs)))
    return wanted if wanted * (inputs + outputs) < inputs * outputs else 0


def real_sizes(spec: ModelSpec) -> Mapping[str, int]:
    """Return the sizes of the network that is built; a variant's may be smaller than the spec's.

    Raises:
        ValueError: the family is unknown.
    """
    variant = spec.transform
    if variant is None:
        return spec.sizes
    if variant.kind is Kind.STRUCTURED:
        return _narrowed(spec, variant.share)
    if variant.kind is Kind.DISTILLED:
        return _student(spec, variant.share)
    return spec.sizes


def real_steps(spec: ModelSpec) -> tuple[Step, ...]:
    """Return the products of one item, in order, as the variant's network does them.

    Of `svd-energy` the ranks are not known before there are weights: the plain network's products.

    Raises:
        ValueError: the family is unknown, or a size that it needs is missing.
    """
    family = load_family(spec.family)
    try:
        steps = tuple(family.steps(real_sizes(spec)))
    except KeyError as error:
        raise ValueError(f"{spec.family} needs the size {error}; see `zoo list`") from error
    variant = spec.transform
    if variant is None or variant.kind is not Kind.SVD:
        return steps
    return tuple(_factored(step, variant.share) for step in steps)


def is_factorable(step: Step) -> bool:
    """Return whether a step is a dense layer or a 1x1 convolution with weights of its own."""
    return bool(step.outputs) and step.kernel <= 1


def is_quantised(step: Step, variant: Variant) -> bool:
    """Return whether a variant stores the weights of a step as integers.

    Dense layers, and with calibrated activations convolutions, too.
    """
    is_static = variant.kind is Kind.INT8_STATIC
    return variant.is_integer and bool(step.outputs) and (is_static or not step.kernel)


def _factored(step: Step, share: float) -> Step:
    """Return a step whose weights are the product of two factors, as the sum of both products."""
    wanted = rank(step.inner, step.outputs, share) if is_factorable(step) else 0
    if not wanted:
        return step
    rows = step.multiplies // (step.inner * step.outputs)
    multiplies = rows * wanted * (step.inner + step.outputs)
    return replace(step, multiplies=multiplies, sequence=2 * step.sequence)


def _student(spec: ModelSpec, share: float) -> Mapping[str, int]:
    """Return the sizes of the network of about a share of the parameters that takes the same.

    Where the family cannot be that small, its smallest network.
    """
    from model_zoo.solve import smallest, solve  # which count variants by way of this module

    kept_sizes = {name: size for name, size in spec.sizes.items() if name in _OUTSIDE}
    count = load_family(spec.family).parameter_count(spec.sizes)
    wanted = max(round(share * count), smallest(spec.family, kept_sizes))
    return solve(spec.family, wanted, kept_sizes).sizes


def _narrowed(spec: ModelSpec, share: float) -> dict[str, int]:
    if spec.family not in _NARROWED:
        raise ValueError(f"{spec.family} has no units that could be removed")
    sizes = dict(spec.sizes)
    for name in _NARROWED[spec.family]:
        sizes[name] = kept(sizes[name], share)
    if "heads" in sizes:
        width = sizes["width"] // sizes["heads"]
        sizes["heads"] = kept(sizes["heads"], share)
        sizes["attention_width"] = sizes["heads"] * width
    return sizes
