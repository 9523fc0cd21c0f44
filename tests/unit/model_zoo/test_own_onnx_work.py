"""Weights and operations counted in a graph, against closed forms and torch's own counter."""

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper, shape_inference
from torch.utils.flop_counter import FlopCounterMode

from model_zoo.export.cache import ArtifactCache
from model_zoo.own.onnx_file import bind, read_onnx
from model_zoo.own.onnx_work import known_shapes, parameter_count, work_of
from model_zoo.solve import parameter_count as published
from model_zoo.solve import solve
from tests.unit.model_zoo.onnx_files import model, value

F32 = np.float32


def counted(whole):
    whole = shape_inference.infer_shapes(whole, data_prop=True)
    shapes = known_shapes(whole.graph)
    return parameter_count(whole.graph, shapes), work_of(whole.graph, shapes)


def node(name, inputs, **attributes):
    return model(
        [helper.make_node(name, ["x", *inputs], ["y"], **attributes)],
        [value("x", attributes.pop("shape", (2, 6, 8, 8)))],
        inputs,
    )


def torch_flops(module, *inputs):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(*inputs)
    return counter.get_total_flops()


@pytest.mark.parametrize(("groups", "stride"), [(1, 1), (2, 2), (6, 1)])
def test_convolutions_are_those_of_torch(groups, stride):
    module = torch.nn.Conv2d(6, 12, 3, groups=groups, stride=stride, bias=False)
    weight = np.zeros((12, 6 // groups, 3, 3), F32)
    whole = node("Conv", {"w": weight}, group=groups, strides=[stride, stride])
    count, work = counted(whole)
    assert count == weight.size
    assert work.flops == torch_flops(module, torch.zeros(2, 6, 8, 8))
    assert work.widest == 9 * 6 // groups


def test_transposed_convolutions_are_those_of_torch():
    module = torch.nn.ConvTranspose2d(6, 12, 3, bias=False)
    count, work = counted(node("ConvTranspose", {"w": np.zeros((6, 12, 3, 3), F32)}))
    assert count == 6 * 12 * 9
    assert work.flops == torch_flops(module, torch.zeros(2, 6, 8, 8))


@pytest.mark.parametrize(("transposed", "shape"), [(0, (5, 7)), (1, (7, 5))])
def test_a_dense_layer_counts_its_bias_as_weights_and_not_as_products(transposed, shape):
    whole = model(
        [helper.make_node("Gemm", ["x", "w", "b"], ["y"], transA=transposed)],
        [value("x", shape)],
        {"w": np.zeros((7, 3), F32), "b": np.zeros(3, F32)},
    )
    count, work = counted(whole)
    assert count == 7 * 3 + 3
    assert (work.flops, work.widest) == (2 * 5 * 7 * 3, 7)


@pytest.mark.parametrize(("kind", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
def test_recurrent_layers_multiply_both_weights_at_every_step(kind, gates):
    steps, batch, wide, hidden = 11, 2, 5, 3
    weights = {
        "w": np.zeros((1, gates * hidden, wide), F32),
        "r": np.zeros((1, gates * hidden, hidden), F32),
    }
    whole = model(
        [helper.make_node(kind, ["x", "w", "r"], ["y"], hidden_size=hidden)],
        [value("x", (steps, batch, wide))],
        weights,
    )
    count, work = counted(whole)
    assert count == gates * hidden * (wide + hidden)
    assert work.flops == 2 * steps * batch * gates * hidden * (wide + hidden)


def test_statistics_scales_and_single_numbers_are_no_weights():
    names = ("scale", "shift", "mean", "var")
    whole = model(
        [
            helper.make_node("BatchNormalization", ["x", *names], ["n"]),
            helper.make_node("Mul", ["n", "half"], ["m"]),
            helper.make_node("Clip", ["m", "low"], ["y"]),
        ],
        [value("x", (1, 6, 2, 2))],
        {
            **{name: np.ones(6, F32) for name in names},
            "half": np.array(0.5, F32),
            "low": np.zeros((), F32),
            "unused": np.ones(99, F32),
        },
    )
    assert counted(whole)[0] == 12


def test_quantised_weights_are_weights_and_a_shared_one_counts_once():
    whole = model(
        [
            helper.make_node("DequantizeLinear", ["q", "s"], ["w"]),
            helper.make_node("MatMul", ["x", "w"], ["a"]),
            helper.make_node("MatMul", ["a", "w"], ["y"]),
        ],
        [value("x", (1, 4))],
        {"q": np.ones((4, 4), np.int8), "s": np.ones((), F32)},
    )
    count, work = counted(whole)
    assert count == 16
    assert (work.flops, work.depth) == (2 * 2 * 16, 2)


def test_weights_that_nodes_make_of_nothing_are_counted():
    whole = model(
        [
            helper.make_node(
                "ConstantOfShape",
                ["shape"],
                ["w"],
                value=helper.make_tensor("v", TensorProto.FLOAT, [1], [0.5]),
            ),
            helper.make_node("MatMul", ["x", "w"], ["y"]),
        ],
        [value("x", (1, 4))],
        {"shape": np.array([4, 3])},
    )
    count, work = counted(whole)
    assert (count, work.flops) == (12, 24)


@pytest.mark.parametrize(
    ("kind", "domain", "said"),
    [("Einsum", "", "Einsum"), ("Fused", "made.up", "made.up::Fused"), ("MatMul", "", "MatMul")],
)
def test_an_operator_without_a_formula_or_shapes_is_named(kind, domain, said):
    attributes = {"equation": "ij->ij"} if kind == "Einsum" else {}
    whole = model(
        [helper.make_node(kind, ["x", "x"], ["y"], domain=domain, **attributes)],
        [value("x", ("n", "m"))],
    )
    work = work_of(whole.graph, known_shapes(whole.graph))
    assert work.flops is None
    assert said in work.reason


@pytest.mark.parametrize(("inner", "counts"), [("MatMul", False), ("Add", True)])
def test_a_branch_that_multiplies_has_no_count(inner, counts):
    branch = helper.make_graph(
        [helper.make_node(inner, ["x", "x"], ["z"])], "branch", [], [value("z", None)]
    )
    whole = model(
        [helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)],
        [value("c", (), TensorProto.BOOL), value("x", (2, 2))],
    )
    work = work_of(whole.graph, known_shapes(whole.graph))
    assert (work.flops is not None) is counts
    assert ("If" in work.reason) is not counts


@pytest.mark.slow
@pytest.mark.parametrize("family", ["mlp", "cnn", "encoder"])
def test_exported_networks_have_the_zoos_own_counts(tmp_path, family):
    spec = solve(family, 100_000)
    path = ArtifactCache(tmp_path).make(spec, "onnx", "fp32").path
    file = read_onnx(path)
    bound = bind(file, {}, (), 2)
    shapes = known_shapes(bound.model.graph)
    assert parameter_count(bound.model.graph, shapes) == pytest.approx(published(spec), rel=0.01)
