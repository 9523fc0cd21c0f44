"""Precisions by name: how torch calls their numbers, and their size. Imports no torch."""

from __future__ import annotations

from typing import Final

DTYPE_OF: Final = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16", "fp64": "float64"}
"""Name of the tensors' number format."""
BYTES_OF: Final = {"fp32": 4, "fp16": 2, "bf16": 2, "fp64": 8}
"""Bytes a weight takes."""
