"""What can be set of a build, as the real builder has it."""

from __future__ import annotations

import onnx
import pytest
from onnx import TensorProto, helper

from harness.backends.tensorrt_build import build
from harness.backends.tensorrt_engine import make_engine
from harness.backends.tensorrt_network import Log, inputs, outputs, read_network, weight_count
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode
from model_zoo.export.onnx import write
from model_zoo.solve import parameter_count, solve
from tests.tensorrt.orders import order_of

FORMATS = {"fp32": "FLOAT", "fp16": "HALF", "bf16": "BF16"}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, {"tf32": "0", "optimization_level": "3", "batches": "4"}),
        ({"tf32": "1"}, {"tf32": "1"}),
        ({"optimization_level": "0"}, {"optimization_level": "0"}),
        ({"optimization_level": "5"}, {"optimization_level": "5"}),
        ({"workspace_mib": "64"}, {"workspace_mib": "64"}),
        ({"batch": "dynamic"}, {"batches": "1 to 64"}),
    ],
)
def test_options_are_in_effect_as_the_builder_says(options, found, trt, cache):
    artifact = cache.make(solve("cnn", 200_000), "onnx")
    settings = make_engine(trt, artifact, order_of(trt, artifact, 89, 4, **options)).settings
    assert {name: settings[name] for name in found} == found
    assert settings["timing_cache"] == "none, by this library"


@pytest.mark.parametrize("family", ["mlp", "cnn", "encoder", "lstm"])
@pytest.mark.parametrize(("precision", "number_format"), FORMATS.items())
def test_the_number_format_is_that_of_the_file(family, precision, number_format, trt, cache):
    artifact = cache.make(solve(family, 200_000), "onnx", precision)
    log = Log(trt)
    network = read_network(trt, trt.Builder(log.logger), artifact.path, log)
    found = {tensor.dtype.name for tensor in (*inputs(network), *outputs(network))}
    assert found - {"INT64"} == {number_format}
    half = make_engine(trt, artifact, order_of(trt, artifact, 89))
    assert half.weights > 0


@pytest.mark.parametrize("family", ["mlp", "encoder"])
def test_weights_in_a_file_of_their_own_are_read(family, trt, tmp_path, cache):
    spec = solve(family, 200_000)
    main = write(spec, "fp32", tmp_path, apart_bytes=0)
    assert len(list(tmp_path.iterdir())) == 2
    log = Log(trt)
    builder = trt.Builder(log.logger)
    network = read_network(trt, builder, tmp_path / main, log)
    one_file = read_network(trt, builder, cache.make(spec, "onnx").path, log)
    assert weight_count(trt, network) == weight_count(trt, one_file)
    built = build(trt, order_of(trt, cache.make(spec, "onnx"), 120), tmp_path / main)
    assert built.engine.nbytes > 4 * parameter_count(spec)


def test_an_operator_that_the_parser_lacks_is_a_failure_with_its_name(trt, tmp_path):
    node = helper.make_node("Nowhere", ["x"], ["y"], name="far_away", domain="nobody.knows")
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("nobody.knows", 1)]
    model = helper.make_model(
        helper.make_graph([node], "odd", [x], [y]), opset_imports=opsets, ir_version=9
    )
    onnx.save(model, tmp_path / "odd.onnx")
    log = Log(trt)
    with pytest.raises(PreparationError) as caught:
        read_network(trt, trt.Builder(log.logger), tmp_path / "odd.onnx", log)
    assert caught.value.reason.code is ReasonCode.OPERATOR_UNSUPPORTED
    assert "Nowhere" in caught.value.reason.detail
    assert "far_away" in caught.value.reason.detail


@pytest.mark.parametrize("content", [b"", b"no model", bytes(range(256)) * 64])
def test_a_file_that_is_no_model_is_a_failure_with_its_path(content, trt, tmp_path):
    (tmp_path / "torn.onnx").write_bytes(content)
    log = Log(trt)
    with pytest.raises(PreparationError, match=r"torn\.onnx") as caught:
        read_network(trt, trt.Builder(log.logger), tmp_path / "torn.onnx", log)
    assert caught.value.reason.code is ReasonCode.PREPARATION_FAILED
