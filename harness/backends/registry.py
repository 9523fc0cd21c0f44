"""The runtimes by name. A name is free; the runtime is imported when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast

from harness.backends.base import Backend
from harness.core.errors import UsageError
from harness.core.names import suggestion


@dataclass(frozen=True, slots=True)
class Entry:
    """What must be known of a backend before it is imported."""

    location: str
    """`module:class`."""
    artifact_format: str
    """What it starts from: `torch`, `torchscript` or `onnx`; empty where it needs no file."""
    runtime: str
    """Backends of one runtime share a fork server."""
    forkable: bool
    """Whether a process that has imported it may be forked."""


BACKENDS: Final = {
    "eager": Entry("harness.backends.eager:EagerBackend", "torch", "torch", forkable=True),
    "torchscript": Entry(
        "harness.backends.torchscript:TorchScriptBackend", "torchscript", "torch", forkable=True
    ),
    "onnxruntime": Entry(
        "harness.backends.onnxruntime:OnnxRuntimeBackend", "onnx", "onnxruntime", forkable=True
    ),
    "onnxruntime-trt": Entry(
        "harness.backends.onnxruntime:OnnxRuntimeTensorRTBackend",
        "onnx",
        "onnxruntime",
        forkable=True,
    ),
    "tensorrt": Entry(
        "harness.backends.tensorrt:TensorRTBackend", "onnx", "tensorrt", forkable=False
    ),
    "tensorrt-rtx": Entry(
        "harness.backends.tensorrt:TensorRTForRtxBackend", "onnx", "tensorrt-rtx", forkable=False
    ),
    "fake": Entry("harness.backends.fake:FakeBackend", "", "fake", forkable=True),
}


def entry(name: str) -> Entry:
    """Return what is known of the backend of that name.

    Raises:
        UsageError: no backend of that name.
    """
    try:
        return BACKENDS[name]
    except KeyError:
        raise UsageError(f"no backend {name!r}; {suggestion(name, BACKENDS)}") from None


def load(name: str) -> Backend:
    """Import and return the backend of that name; its runtime is not imported yet.

    Raises:
        UsageError: no backend of that name.
    """
    module_name, class_name = entry(name).location.split(":")
    return cast("Backend", getattr(import_module(module_name), class_name)())
