"""Who makes an artifact, in which version: part of its key. Imports no torch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

LAYOUT: Final = 1
"""Raised when the files of an artifact change their form."""
_SOURCES: Final = (
    "families/*.py",
    "variants/*.py",
    "fill.py",
    "build.py",
    "inputs.py",
    "export/*.py",
)
"""What decides an artifact's content, relative to this package."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """What turns a spec into files of one format."""

    location: str
    """`module:function`; the function takes spec, precision and folder, and gives the main file."""
    name: str
    packages: tuple[str, ...]
    """Distributions whose versions decide the files."""

    @property
    def version(self) -> str:
        """Versions of the packages and of our own sources."""
        parts = [f"{package} {_version(package)}" for package in self.packages]
        return ", ".join([*parts, f"sources {_sources_digest()}"])


EXPORTERS: Final = {
    "torch": Exporter("model_zoo.export.weights:write", "raw weights", ("torch",)),
    "torchscript": Exporter("model_zoo.export.torchscript:write", "torch.jit.trace", ("torch",)),
    "onnx": Exporter(
        "model_zoo.export.onnx:write",
        "torch.onnx.export",
        ("torch", "onnx", "onnx-ir", "onnxscript"),
    ),
    "reference": Exporter("model_zoo.export.reference:write_reference", "eager fp64", ("torch",)),
}
"""Formats by name, and the reference outputs beside them."""


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


@cache
def _sources_digest() -> str:
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for pattern in _SOURCES:
        for path in sorted(package.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
