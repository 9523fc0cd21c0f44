from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from harness.backends.onnx_graph import Assigned, placement, read_graph


@pytest.fixture
def model_file(tmp_path):
    """Write an embedding, a product, and a reshape whose shape is computed from the input's."""
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", 4])
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, ["batch", 32])
    constants = {
        "table": np.ones((16, 8), np.float32),
        "first": np.array([0], np.int64),
        "tail": np.array([32], np.int64),
    }
    nodes = [
        ("Gather", ["table", "ids"], "rows"),
        ("Shape", ["rows"], "sizes"),
        ("Gather", ["sizes", "first"], "batch"),
        ("Concat", ["batch", "tail"], "target"),
        ("Reshape", ["rows", "target"], "flat"),
        ("Identity", ["flat"], "out"),
        ("Size", ["rows"], "unused"),
    ]
    graph = helper.make_graph(
        [
            helper.make_node(op, inputs, [made], name=f"make_{made}", axis=0)
            if op == "Concat"
            else helper.make_node(op, inputs, [made], name=f"make_{made}")
            for op, inputs, made in nodes
        ],
        "graph",
        [ids],
        [out],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(graph, producer_version="1", ir_version=10), path)
    return path


def test_a_file_is_read_as_the_onnx_package_reads_it(model_file):
    nodes, outputs = read_graph(model_file)
    graph = onnx.load(model_file).graph
    assert outputs == ("out",)
    assert [(n.name, n.op_type, n.inputs, n.outputs) for n in nodes] == [
        (n.name, n.op_type, tuple(n.input), tuple(n.output)) for n in graph.node
    ]


def test_only_nodes_that_compute_sizes_may_sit_elsewhere(model_file):
    nodes, _ = read_graph(model_file)
    assigned = [Assigned("CPU", node.name, node.op_type) for node in nodes]
    where = placement(assigned, "CUDA", model_file)
    assert [node.name for node in where.shape_only] == [
        "make_sizes",
        "make_batch",
        "make_target",
        "make_unused",
    ]
    assert [node.name for node in where.touching] == ["make_rows", "make_flat", "make_out"]
    assert str(where.touching[0]) == "Gather 'make_rows' on CPU"


def test_a_fused_node_that_the_file_does_not_name_counts_as_touching(model_file):
    strays = [Assigned("CPU", "fused_1", "FusedMatMul"), Assigned("CPU", "fused_2", "Shape")]
    where = placement(strays, "CUDA", model_file)
    assert where.touching == (strays[0],)
    assert where.shape_only == (strays[1],)


def test_a_file_is_not_read_where_every_node_is_where_it_was_asked_for(tmp_path):
    where = placement([Assigned("CPU", "a", "MatMul")], "CPU", tmp_path / "missing.onnx")
    assert where.touching == where.shape_only == ()


def test_numbers_of_every_width_are_passed_over(tmp_path):
    varint, fixed64, fixed32 = b"\x08\x96\x01", b"\x11" + bytes(8), b"\x1d" + bytes(4)
    graph = b"\x62\x03\x0a\x01y"
    path = tmp_path / "widths.onnx"
    path.write_bytes(varint + fixed64 + fixed32 + b"\x3a" + bytes([len(graph)]) + graph)
    assert read_graph(path) == ((), ("y",))


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "text.onnx"
    path.write_bytes(b"\x0f\x00")
    with pytest.raises(ValueError, match="no protocol buffer"):
        read_graph(path)
