"""TensorRT for RTX's real bindings and parser, which need no GPU to build an engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.backends.tensorrt_api import TensorRT
from harness.backends.tensorrt_flavour import FOR_RTX, load_bindings
from model_zoo.export.cache import ArtifactCache


@pytest.fixture(scope="session")
def trt() -> TensorRT:
    """The bindings; where they are missing, every test here fails and says which."""
    return load_bindings(FOR_RTX)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> ArtifactCache:
    folder: Path = tmp_path_factory.mktemp("artifacts")
    return ArtifactCache(folder)
