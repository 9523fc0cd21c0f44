"""ONNX Runtime as it is on other machines, for the tests of its backends."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from harness.backends.base import Arrays
from harness.backends.onnxruntime import OnnxRuntimeBackend
from harness.core.case import Precision, Target
from model_zoo.export.artifact import Artifact, no_file
from model_zoo.spec import ModelSpec

CPU = Target(backend="onnxruntime")
GPU = Target(backend="onnxruntime", device="cuda:0")
CUDA = "CUDAExecutionProvider"


def make_artifact(path: Path, shape: list[Any], kind: int = TensorProto.FLOAT) -> Artifact:
    """Write a graph that adds its input to itself, in a shape that it computes."""
    tensors = [helper.make_tensor_value_info(name, kind, shape) for name in ("x", "y")]
    nodes = [
        helper.make_node("Shape", ["x"], ["sizes"], name="sizes"),
        helper.make_node("Add", ["x", "x"], ["twice"], name="twice"),
        helper.make_node("Reshape", ["twice", "sizes"], ["y"], name="reshape"),
    ]
    graph = helper.make_graph(nodes, "graph", tensors[:1], tensors[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, path)
    return replace(
        no_file(ModelSpec.of("mlp")), format="onnx", folder=str(path.parent), main=path.name
    )


@dataclass
class Session:
    """A real session that says otherwise where it is told to."""

    real: Any
    said: dict[str, Any]

    def __getattr__(self, name):
        if name not in self.said:
            return getattr(self.real, name)
        if self.said[name] is AttributeError:
            raise AttributeError(name)
        return lambda: self.said[name]


@dataclass
class Runtime:
    """onnxruntime as it is on another machine: with CUDA's provider, which sessions may lose."""

    said: dict[str, Any]
    error: Exception | None = None
    log: bytes = b""
    """What the library writes when a provider does not come up."""
    of_probe: dict[str, Any] = field(default_factory=dict)
    """What a session of the probe says."""
    error_of_probe: Exception | None = None

    def __getattr__(self, name):
        return getattr(onnxruntime, name)

    def __call__(self, _name):
        return self

    def get_available_providers(self):
        return [CUDA, "TensorrtExecutionProvider", "CPUExecutionProvider"]

    def InferenceSession(self, path, options, providers, enable_fallback):  # noqa: N802 - its name
        assert providers
        assert enable_fallback == 0
        is_probe = isinstance(path, bytes)
        if is_probe:
            os.write(2, self.log)
        if is_probe and self.error_of_probe is not None:
            raise self.error_of_probe
        if self.error is not None and not is_probe:
            raise self.error
        real = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        return Session(real, {**self.said, **self.of_probe} if is_probe else self.said)


def prepare(
    backend: OnnxRuntimeBackend, artifact: Artifact, target: Target, batch_size: int = 2
) -> tuple[Arrays, Mapping[str, str]]:
    with backend.prepare(artifact, target, batch_size) as model:
        model.bind((np.ones((batch_size, 4), np.float32),))
        model.run()
        return model.outputs(), model.effective()


def on_another_machine(**said: Any) -> OnnxRuntimeBackend:
    return OnnxRuntimeBackend(importer=Runtime(said), missing=lambda _: None)


@dataclass
class Node:
    name: str
    op_type: str


@dataclass
class Subgraph:
    ep_name: str
    nodes: list[Node]

    def get_nodes(self):
        return self.nodes


TWICE, SIZES = Node("twice", "Add"), Node("sizes", "Shape")
CUDA_OPTIONS = {
    "device_id": "0",
    "use_tf32": "0",
    "enable_cuda_graph": "0",
    "cudnn_conv_algo_search": "EXHAUSTIVE",
    "arena_extend_strategy": "kNextPowerOfTwo",
    "gpu_mem_limit": "18446744073709551615",
}
TRT = "TensorrtExecutionProvider"
HALF = replace(GPU, backend="onnxruntime-trt", device="cuda:2", precision=Precision.FP16)
LOG = (
    b"\x1b[0;93m2026-01-02 [W:onnxruntime:Default, state.cc:1 operator()] No registered plugin EP "
    b"device found for 'CUDAExecutionProvider' with device_id=0\x1b[m\n"
    b"\x1b[1;31m2026-01-02 [E:onnxruntime:Default, bridge.cc:2 operator()] bridge.cc:3 Get() "
    b"[ONNXRuntimeError] : 1 : FAIL : Failed to load library cuda.so with error: "
    b"libcublasLt.so.13: cannot open shared object file\n\x1b[m\n"
)
SAID = (
    "Failed to load library cuda.so with error: libcublasLt.so.13: cannot open shared object file"
)
