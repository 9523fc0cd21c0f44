"""The table of families, and what every family's module offers. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

from model_zoo.families.scaling import Scaling
from model_zoo.families.step import Step
from model_zoo.tensor import TensorSpec

if TYPE_CHECKING:
    from torch import nn

Sizes = Mapping[str, int]
"""Every dimension of a network by its name."""

FAMILIES: Final = {
    "mlp": "model_zoo.families.mlp",
    "cnn": "model_zoo.families.cnn",
    "resnet": "model_zoo.families.resnet",
    "mobilenet": "model_zoo.families.mobilenet",
    "vit": "model_zoo.families.vit",
    "encoder": "model_zoo.families.encoder",
    "decoder": "model_zoo.families.decoder",
    "lstm": "model_zoo.families.lstm",
}


class Family(Protocol):
    """A family of networks: one module, all functions of the sizes."""

    SCALING: Scaling
    """How depth and width grow, and which sizes close the last gap."""

    def scaled(self, depth: int, width: int) -> dict[str, int]:
        """Return all sizes of the network of a depth and width."""
        ...

    def parameter_count(self, sizes: Sizes) -> int:
        """Return the number of weights, in closed form."""
        ...

    def steps(self, sizes: Sizes) -> Iterator[Step]:
        """Yield the matrix products of one item, in order."""
        ...

    def inputs(self, sizes: Sizes) -> tuple[TensorSpec, ...]:
        """Return the tensors that the network takes, in order."""
        ...

    def outputs(self, sizes: Sizes) -> tuple[TensorSpec, ...]:
        """Return the tensors that the network gives, in order."""
        ...

    def build(self, sizes: Sizes) -> nn.Module:
        """Construct the network on torch's default device, weights not yet filled."""
        ...


@cache
def load_family(name: str) -> Family:
    """Import the module of a family.

    Raises:
        ValueError: no family has this name; the message lists those there are.
    """
    if name not in FAMILIES:
        near = get_close_matches(name, FAMILIES, n=3)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise ValueError(f"unknown family {name!r}; {hint}there are {', '.join(FAMILIES)}")
    # A module cannot be declared to follow a protocol; the unit tests check each one.
    return cast("Family", import_module(FAMILIES[name]))
