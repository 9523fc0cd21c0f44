"""What image classifiers have in common: one image in, class scores out."""

from __future__ import annotations

from collections.abc import Mapping

from model_zoo.tensor import TensorSpec


def inputs(sizes: Mapping[str, int]) -> tuple[TensorSpec, ...]:
    """Return the image."""
    side = sizes["image_size"]
    return (TensorSpec(name="image", shape=(sizes["image_channels"], side, side)),)


def outputs(sizes: Mapping[str, int]) -> tuple[TensorSpec, ...]:
    """Return the class scores."""
    return (TensorSpec(name="scores", shape=(sizes["classes"],)),)
