"""Inputs that an exporter traces a network with."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from model_zoo.build import DTYPES
from model_zoo.inputs import example_inputs
from model_zoo.spec import ModelSpec

_BATCH_SIZE: Final = 2
"""A batch of one is often taken for a constant by tracers."""


def sample_tensors(spec: ModelSpec, dtype: str) -> tuple[Tensor, ...]:
    """Return two example items, floats in the network's number format."""
    tensors = (torch.from_numpy(array) for array in example_inputs(spec, _BATCH_SIZE))
    return tuple(item.to(DTYPES[dtype]) if item.is_floating_point() else item for item in tensors)
