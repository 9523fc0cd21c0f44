from __future__ import annotations

import json

import pytest

from harness.backends.tensorrt_network import (
    Log,
    fix_batch,
    inputs,
    outputs,
    read_network,
    weight_count,
)
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode
from tests.fake_tensorrt import CreationFlag, FakeTensorRT, Severity

PLAIN = {"inputs": [["x", "FLOAT", [-1, 4]]], "outputs": [["y", "FLOAT", [-1, 2]]]}


def read(content, tmp_path, trt=None):
    trt = trt or FakeTensorRT()
    path = tmp_path / "model.onnx"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    log = Log(trt)
    return read_network(trt, trt.Builder(log.logger), path, log)


def test_a_network_is_strongly_typed_where_there_is_another_kind(tmp_path):
    assert read(PLAIN, tmp_path).flags == 1 << CreationFlag.STRONGLY_TYPED
    trt = FakeTensorRT()
    trt.NetworkDefinitionCreationFlag = object()
    assert read(PLAIN, tmp_path, trt).flags == 0


def test_the_batch_is_fixed_in_every_input(tmp_path):
    two = {**PLAIN, "inputs": [["x", "FLOAT", [-1, 4]], ["m", "INT64", [-1]]]}
    network = read(two, tmp_path)
    fix_batch(network, 8)
    assert [(one.name, one.shape) for one in inputs(network)] == [("x", (8, 4)), ("m", (8,))]
    assert [one.name for one in outputs(network)] == ["y"]


def test_another_size_that_varies_is_refused_by_name(tmp_path):
    network = read({**PLAIN, "inputs": [["x", "FLOAT", [-1, -1, 4]]]}, tmp_path)
    with pytest.raises(PreparationError, match=r"'x' has the shape.*only the batch may vary"):
        fix_batch(network, 1)


def test_operators_that_are_missing_are_a_reason_of_their_own_and_named(tmp_path):
    errors = [
        ["UNSUPPORTED_NODE", "Unique", "u1", "no importer"],
        ["INVALID_NODE", "Add", "a1", "follows from that"],
        ["UNSUPPORTED_NODE_ATTR", "Resize", "r1", "cubic"],
        ["INVALID_NODE", "Nowhere", "n1", "no plugin"],
        ["UNSUPPORTED_NODE", "", "", "texts"],
    ]
    with pytest.raises(PreparationError) as caught:
        read({**PLAIN, "errors": errors}, tmp_path)
    reason = caught.value.reason
    assert reason.code is ReasonCode.OPERATOR_UNSUPPORTED
    assert "Unique (u1): no importer" in reason.detail
    assert "Resize (r1): cubic" in reason.detail
    assert "Nowhere (n1): no plugin" in reason.detail
    assert "a tensor (): texts" in reason.detail
    assert "a1" not in reason.detail


def test_other_errors_of_the_parser_are_passed_on(tmp_path):
    errors = [["INVALID_GRAPH", "", "", "an edge to nowhere"]]
    with pytest.raises(PreparationError, match="an edge to nowhere") as caught:
        read({**PLAIN, "errors": errors}, tmp_path)
    assert caught.value.reason.code is ReasonCode.PREPARATION_FAILED


def test_a_file_that_is_no_model_has_the_librarys_own_error_on_one_line(tmp_path):
    with pytest.raises(PreparationError, match="not a model: ") as caught:
        read("\0\1", tmp_path)
    assert "about to fail" not in caught.value.reason.detail


def test_a_network_that_gives_nothing_is_refused(tmp_path):
    with pytest.raises(PreparationError, match="a network of no outputs"):
        read({**PLAIN, "outputs": []}, tmp_path)


def test_weights_are_counted_in_constants_and_kernels(tmp_path):
    layers = [
        ["CONSTANT", {"weights": 12}],
        ["CONVOLUTION", {"kernel": 27, "bias": 3}],
        ["SCALE", {"shift": 1, "scale": 1, "power": 0}],
        ["ACTIVATION", {}],
    ]
    assert weight_count(FakeTensorRT(), read({**PLAIN, "layers": layers}, tmp_path)) == 44


def test_a_log_keeps_errors_and_says_so_where_there_are_none():
    log = Log(FakeTensorRT())
    assert log.last() == "the library gave no reason"
    for severity, text in [(Severity.WARNING, "w"), (Severity.ERROR, "e"), (0, "internal")]:
        log.logger.log(severity, text)
    assert log.last() == "e; internal"
