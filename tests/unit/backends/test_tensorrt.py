from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from harness.backends.tensorrt import TensorRTBackend
from harness.core.case import Target
from harness.core.errors import Unavailable
from harness.core.reason import Reason, ReasonCode
from model_zoo.export.artifact import Artifact
from model_zoo.spec import ModelSpec

GPU = Target(backend="tensorrt", device="cuda:0")
ARTIFACT = Artifact(
    spec=ModelSpec.of("mlp"),
    format="onnx",
    precision="fp32",
    folder="",
    main="",
    parameter_count=0,
    bytes=0,
    digest="",
    exporter="",
    exporter_version="",
)


def importer(error: Exception | None = None, *names: str) -> Callable[[str], Any]:
    """Import the named packages, and raise `error` for every other."""

    def load(name):
        if name in names:
            return ModuleType(name)
        raise error or ModuleNotFoundError(name)

    return load


def here(_device):
    return None


def test_bindings_without_a_library_say_which_library_is_missing():
    backend = TensorRTBackend(importer(OSError("libnvinfer.so.10: no such file")))
    reason = backend.availability(GPU)
    assert reason.code is ReasonCode.BACKEND_NOT_INSTALLED
    assert "libnvinfer.so.10" in reason.detail


def test_the_second_flavour_serves_where_the_first_is_missing():
    TensorRTBackend(importer(None, "tensorrt_rtx"), here).preload()


def test_a_missing_device_is_the_reason_where_the_package_is_there():
    gone = Reason(code=ReasonCode.NO_CUDA_DEVICE, detail="none")
    assert TensorRTBackend(importer(None, "tensorrt"), lambda _: gone).availability(GPU) == gone


def test_the_cpu_is_refused():
    reason = TensorRTBackend(importer(None, "tensorrt"), here).availability(
        Target(backend="tensorrt")
    )
    assert reason.code is ReasonCode.NO_CUDA_DEVICE
    assert "cpu" in reason.detail


def test_where_all_is_there_it_still_refuses_rather_than_make_up_a_number():
    backend = TensorRTBackend(importer(None, "tensorrt"), here)
    with pytest.raises(Unavailable, match="builds no engines"):
        backend.prepare(ARTIFACT, GPU, 1)
