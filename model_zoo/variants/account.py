"""What a variant holds on paper: parameters, bytes and FLOPs, from the spec alone, no torch."""

from __future__ import annotations

from typing import Final

from model_zoo.families import load_family
from model_zoo.families.step import Step
from model_zoo.spec import ModelSpec
from model_zoo.variants.facts import Account
from model_zoo.variants.name import Kind, Variant
from model_zoo.variants.shape import (
    BLOCK,
    GROUP,
    is_factorable,
    is_quantised,
    rank,
    real_sizes,
    real_steps,
)

_BYTES: Final = 4
"""Of a weight in fp32, and of a scale."""
_FLOPS_PER_MULTIPLY: Final = 2


def account(spec: ModelSpec, bytes_per_weight: int = _BYTES) -> Account:
    """Return what a network holds on paper.

    Of `svd-energy`, whose ranks depend on the weights, all figures are upper bounds.

    Args:
        spec: Plain, or with a variant.
        bytes_per_weight: Of the weights that are not stored as integers.

    Raises:
        ValueError: the family is unknown, or a size that it needs is missing.
    """
    stored = _stored(spec)
    return Account(
        nominal_parameters=_count(spec.parent),
        stored_parameters=stored,
        nonzero_parameters=stored - _zeros(spec),
        stored_bytes=stored_bytes(spec, bytes_per_weight),
        flops=_FLOPS_PER_MULTIPLY * sum(s.multiplies * s.repeat for s in real_steps(spec)),
    )


def stored_bytes(spec: ModelSpec, bytes_per_weight: int = _BYTES) -> int:
    """Return the bytes of all weights as a variant stores them, scales included.

    Raises:
        ValueError: the family is unknown, or a size that it needs is missing.
    """
    count, variant = _stored(spec), spec.transform
    if variant is None or not variant.is_integer:
        return count * bytes_per_weight
    layers = [step for step in real_steps(spec) if is_quantised(step, variant)]
    whole = sum(step.inner * step.outputs * step.repeat for step in layers)
    integers = sum(_layer_bytes(step, variant) * step.repeat for step in layers)
    return (count - whole) * bytes_per_weight + integers


def _count(spec: ModelSpec) -> int:
    """Return the weights of a network of a spec's sizes, whatever else its variant is."""
    try:
        return load_family(spec.family).parameter_count(real_sizes(spec))
    except KeyError as error:
        raise ValueError(f"{spec.family} needs the size {error}; see `zoo list`") from error


def _stored(spec: ModelSpec) -> int:
    count, variant = _count(spec), spec.transform
    if variant is None:
        return count
    steps = tuple(load_family(spec.family).steps(real_sizes(spec)))
    if variant.kind is Kind.SVD:
        return count - sum(_saved(step, variant.share) * step.repeat for step in steps)
    if variant.kind is Kind.INT8_STATIC:
        # A norm's scale and shift become one bias of the convolution before it.
        return count - sum(step.outputs * step.repeat for step in steps if step.normed)
    return count


def _saved(step: Step, share: float) -> int:
    """Return the weights of a layer that its two factors do without."""
    inputs, outputs = step.inner, step.outputs
    wanted = rank(inputs, outputs, share) if is_factorable(step) else 0
    return inputs * outputs - wanted * (inputs + outputs) if wanted else 0


def _zeros(spec: ModelSpec) -> int:
    """Return the weights that pruning sets to zero, tensor by tensor."""
    variant = spec.transform
    if variant is None or variant.kind not in {Kind.PRUNE, Kind.PRUNE_2_4}:
        return 0
    layers = [step for step in real_steps(spec) if step.outputs]
    if variant.kind is Kind.PRUNE_2_4:
        return sum(_weights(s) // 2 * s.repeat for s in layers if s.inner % GROUP == 0)
    return sum(round(variant.share * _weights(step)) * step.repeat for step in layers)


def _weights(step: Step) -> int:
    return step.inner * step.outputs


def _layer_bytes(step: Step, variant: Variant) -> int:
    """Return the bytes of one layer's integers and scales."""
    if variant.kind is Kind.INT4_WEIGHT:
        blocks = -(-step.inner // BLOCK) * step.outputs
        return blocks * (BLOCK // 2 + _BYTES)
    return _weights(step) + _BYTES * (step.outputs if variant.per_channel else 1)
