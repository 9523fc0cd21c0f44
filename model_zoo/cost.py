"""What one forward pass must do and hold, from the spec alone. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from model_zoo.families import load_family
from model_zoo.solve import parameter_count
from model_zoo.spec import ModelSpec
from model_zoo.variants.account import stored_bytes
from model_zoo.variants.shape import real_sizes, real_steps

_FLOPS_PER_MULTIPLY: Final = 2
"""A multiply-accumulate is two operations, as in `torch.utils.flop_counter`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Work and memory of one forward pass of one batch: counts, and bytes."""

    parameter_count: int
    flops: int
    """Two for each multiply-accumulate of dense layers, convolutions and attention; nothing for
    activations, norms, pooling and look-ups."""
    weight_bytes: int
    """Every weight once, in the form in which it is stored."""
    activation_bytes: int
    """Input and output of the layer, among those that multiply, where the two are largest: no
    implementation that runs layer by layer can hold less."""
    input_bytes: int
    output_bytes: int
    depth: int
    """Matrix products one after another on the longest path; rounding errors grow with it."""
    widest: int
    """Largest inner dimension of a product: the longest sum."""


def cost(spec: ModelSpec, batch_size: int = 1, bytes_per_weight: int = 4) -> Cost:
    """Return what a pass of `batch_size` items costs at a precision, given as bytes a weight.

    Raises:
        ValueError: the batch is empty, or the spec is not one of its family.
    """
    if batch_size < 1:
        raise ValueError(f"a batch has at least one item, not {batch_size}")
    count = parameter_count(spec)
    family, sizes = load_family(spec.family), real_sizes(spec)
    steps = real_steps(spec)
    multiplies = sum(step.multiplies * step.repeat for step in steps)
    live = max(step.reads + step.writes for step in steps)
    inputs, outputs = family.inputs(sizes), family.outputs(sizes)
    return Cost(
        parameter_count=count,
        flops=_FLOPS_PER_MULTIPLY * batch_size * multiplies,
        weight_bytes=stored_bytes(spec, bytes_per_weight),
        activation_bytes=batch_size * live * bytes_per_weight,
        input_bytes=batch_size * sum(item.item_bytes(bytes_per_weight) for item in inputs),
        output_bytes=batch_size * sum(item.item_bytes(bytes_per_weight) for item in outputs),
        depth=sum(step.sequence * step.repeat for step in steps),
        widest=max(step.inner for step in steps),
    )
