"""Versions of every installed package that can move a number. Nothing is imported for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, distributions
from typing import Final

_NAMES: Final = frozenset(
    {
        "scalecurve", "numpy", "onnx", "onnxscript", "onnx-ir", "torch", "torchao", "triton", "mkl",
        "intel-openmp", "llvm-openmp", "openblas", "scipy-openblas64", "psutil", "msgspec",
    }
)  # fmt: skip
_PREFIXES: Final = ("onnxruntime", "tensorrt", "nvidia-", "pytorch-triton", "mkl-")


def describe_versions(installed: Iterable[Distribution] | None = None) -> Mapping[str, str]:
    """Return versions by normalised name, sorted; of a name installed twice, the first found.

    Source: Python Packaging User Guide, 'Names and normalization'.
    """
    found: dict[str, str] = {}
    for package in distributions() if installed is None else installed:
        given = package.metadata["Name"] if package.metadata else None
        name = re.sub(r"[-_.]+", "-", given or "").lower()
        if name in _NAMES or name.startswith(_PREFIXES):
            found.setdefault(name, package.version)
    return dict(sorted(found.items()))
