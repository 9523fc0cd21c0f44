"""What a tensor that enters or leaves a network looks like. Imports no torch."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """One input or output of a network, for one item."""

    name: str
    """Name of the tensor in exported files."""
    shape: tuple[int, ...]
    """Shape without the batch axis, which comes first."""
    dtype: Literal["float32", "int64"] = "float32"
    """Number format of the plain network; floating tensors follow its precision."""
    high: int = 0
    """Integers are below this; 0 for floating tensors."""

    @property
    def elements(self) -> int:
        """Numbers in one item."""
        return prod(self.shape)

    def item_bytes(self, bytes_per_weight: int) -> int:
        """Return the size of one item in bytes, at a precision."""
        return self.elements * (8 if self.dtype == "int64" else bytes_per_weight)
