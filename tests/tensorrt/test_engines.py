"""Every family's ONNX file, at two sizes, becomes engines for two GPUs that are not here."""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
import pytest

from harness.backends.tensorrt_engine import Engine, make_engine
from harness.backends.tensorrt_network import Log, read_network, weight_count
from model_zoo.families import FAMILIES
from model_zoo.solve import parameter_count, solve
from tests.tensorrt.orders import order_of

LARGE = {"resnet", "vit"}
"""Families whose smallest networks are larger than the others'."""
SIZES = {
    family: (1_000_000, 4_000_000) if family in LARGE else (200_000, 2_000_000)
    for family in FAMILIES
}
NETWORKS = [(family, size) for family, sizes in SIZES.items() for size in sizes]
GPUS = (89, 120)
"""Compute capabilities: Ada Lovelace and Blackwell."""
SCALARS = 64
"""Numbers at most that a parser adds or drops: bounds of activations, and scales of attention."""
FLOATS = {onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16}
SAME = {
    "CONVOLUTION": {"Conv": 1},
    "MATRIX_MULTIPLY": {"MatMul": 1, "Gemm": 1, "LSTM": 2},
    "SOFTMAX": {"Softmax": 1},
    "NORMALIZATION": {"LayerNormalization": 1},
    "POOLING": {"MaxPool": 1},
}
"""Layers by type: of which operators each is made, and how many an operator gives.

An LSTM multiplies by its input's weights and by its state's.
Source: ONNX, Operator Schemas, `LSTM`, equations.
"""


@pytest.fixture(scope="module")
def engines(trt, cache):
    """Build engines as they are asked for, each once."""
    built: dict[tuple[str, int, int], Engine] = {}

    def build(family, size, sm):
        key = (family, size, sm)
        if key not in built:
            artifact = cache.make(solve(family, size), "onnx")
            built[key] = make_engine(trt, artifact, order_of(trt, artifact, sm))
        return built[key]

    return build


def graph_of(cache, family, size):
    return onnx.load(cache.make(solve(family, size), "onnx").path).graph


def stored_floats(graph):
    """Count the numbers of floating-point tensors in the file."""
    stored = (one for one in graph.initializer if one.data_type in FLOATS)
    return sum(int(np.prod(one.dims)) for one in stored)


@pytest.mark.parametrize("sm", GPUS)
@pytest.mark.parametrize(("family", "size"), NETWORKS)
def test_an_engine_is_built_that_can_hold_every_weight(family, size, sm, engines, cache):
    engine = engines(family, size, sm)
    weights = stored_floats(graph_of(cache, family, size))
    assert engine.settings["compute_capability"] == f"SM{sm}"
    assert abs(engine.weights - weights) <= SCALARS
    assert engine.bytes > 4 * parameter_count(solve(family, size))
    assert engine.layers > 0
    assert engine.build_ns > 0


@pytest.mark.parametrize(("family", "size"), NETWORKS)
def test_the_network_has_a_layer_for_every_product_of_the_file(family, size, trt, cache):
    log = Log(trt)
    path = cache.make(solve(family, size), "onnx").path
    network = read_network(trt, trt.Builder(log.logger), path, log)
    layers = (network.get_layer(index) for index in range(network.num_layers))
    found = Counter(layer.type.name for layer in layers)
    nodes = Counter(node.op_type for node in graph_of(cache, family, size).node)
    for kind, made_of in SAME.items():
        assert found[kind] == sum(nodes[name] * count for name, count in made_of.items()), kind
    assert network.num_inputs == len(graph_of(cache, family, size).input)


@pytest.mark.parametrize("family", ["mlp", "cnn"])
def test_the_weights_of_a_network_without_norms_are_its_parameters(family, trt, cache):
    spec = solve(family, 200_000)
    log = Log(trt)
    path = cache.make(spec, "onnx").path
    network = read_network(trt, trt.Builder(log.logger), path, log)
    assert weight_count(trt, network) == parameter_count(spec)


def test_every_family_size_and_gpu_has_an_engine_of_its_own(engines):
    built = [engines(family, size, sm) for family, size in NETWORKS for sm in GPUS]
    assert len(built) == len(FAMILIES) * 2 * len(GPUS)
    assert len({engine.path for engine in built}) == len(built)
    assert len({engine.sha256 for engine in built}) == len(built)
    assert all(engine.path.stat().st_size == engine.bytes for engine in built)
