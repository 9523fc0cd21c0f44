"""Networks of the user's own, by `package.module:factory`. Imports no torch.

The factory is called with no arguments and gives a pair: a torch module, and its example inputs: a
tensor, a tuple or list of tensors by position, or a mapping of tensors by name. Everything is on
the CPU. The first axis of every input is the batch.
"""

from __future__ import annotations

import re
from typing import Final

from model_zoo.spec import ModelSpec

FAMILY: Final = "own"
"""Family of every such network; it has no dimensions, and its preset is the reference."""
FILES: Final = ("onnx", "torchscript")
"""Families of networks that are files of the user's own, see `model_zoo.own.files`."""

_NAME: Final = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_REFERENCE: Final = re.compile(rf"({_NAME}):({_NAME})")


def own_spec(reference: str) -> ModelSpec:
    """Return the spec of the network that `package.module:factory` makes; imports nothing.

    Raises:
        ValueError: the reference is not of that form.
    """
    split_reference(reference)
    return ModelSpec(family=FAMILY, dimensions=(), preset=reference)


def is_own(spec: ModelSpec) -> bool:
    """Return whether the network is the user's own: of a factory, or a file."""
    return spec.family == FAMILY or spec.family in FILES


def is_file(spec: ModelSpec) -> bool:
    """Return whether the network is a file of the user's own."""
    return spec.family in FILES


def split_reference(reference: str) -> tuple[str, str]:
    """Split a reference into the module's name and the factory's.

    >>> split_reference("package.module:factory")
    ('package.module', 'factory')

    Raises:
        ValueError: it is not of that form.
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(
            f"{reference!r} is not of the form package.module:factory, such as mine.nets:make"
        )
    return found[1], found[2]
