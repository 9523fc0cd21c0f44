"""Small ONNX files for tests, written node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT
INT64 = TensorProto.INT64
IR_VERSION = 10
"""Of the format; runtimes are some behind the onnx package."""


def value(name: str, shape: Sequence[int | str | None] | None, kind: int = FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    weights: Mapping[str, NDArray[np.generic]] | None = None,
    *,
    output: str = "y",
    **more: object,
) -> onnx.ModelProto:
    tensors = [numpy_helper.from_array(array, name) for name, array in (weights or {}).items()]
    graph = helper.make_graph(nodes, "net", inputs, [value(output, None)], tensors)
    sets = [helper.make_opsetid("", 20)]
    return helper.make_model(graph, opset_imports=sets, ir_version=IR_VERSION, **more)


def dense(rows: Sequence[int | str | None] = ("batch", 4), width: int = 3) -> onnx.ModelProto:
    """One product: (rows, 4) by (4, width), and an activation."""
    weights = {"w": np.linspace(-1, 1, 4 * width, dtype=np.float32).reshape(4, width)}
    nodes = [helper.make_node("MatMul", ["x", "w"], ["p"]), helper.make_node("Relu", ["p"], ["y"])]
    return model(nodes, [value("x", rows)], weights)


def tokens() -> onnx.ModelProto:
    """A table of 50 rows, looked up by (batch, seq) integers."""
    weights = {"table": np.linspace(-1, 1, 100, dtype=np.float32).reshape(50, 2)}
    nodes = [helper.make_node("Gather", ["table", "ids"], ["y"])]
    return model(nodes, [value("ids", ("batch", "seq"), INT64)], weights)


def strange() -> onnx.ModelProto:
    """An operator that no runtime has."""
    nodes = [helper.make_node("Frobnicate", ["x"], ["y"], domain="made.up")]
    graph = helper.make_graph(nodes, "net", [value("x", (1, 4))], [value("y", None)])
    sets = [helper.make_opsetid("", 20), helper.make_opsetid("made.up", 1)]
    return helper.make_model(graph, opset_imports=sets, ir_version=IR_VERSION)


def save(proto: onnx.ModelProto, path: Path) -> Path:
    path.write_bytes(proto.SerializeToString())
    return path
