from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.backends.tensorrt_engine import (
    engine_folder,
    find_engine,
    make_engine,
    ordered_engine,
)
from harness.backends.tensorrt_order import Order
from harness.core.errors import PreparationError
from model_zoo.export.artifact import Artifact
from model_zoo.spec import ModelSpec
from tests.fake_tensorrt import FakeTensorRT

OPTIONS = (
    ("batch", "fixed"),
    ("optimization_level", "3"),
    ("tf32", "0"),
    ("timing_cache", "1"),
    ("workspace_mib", "unlimited"),
)
ORDER = Order(
    flavour="tensorrt",
    version="10.13",
    artifact_digest="a",
    precision="fp32",
    sm=89,
    gpu="Fake GPU 0",
    batch_size=1,
    options=OPTIONS,
)


@pytest.fixture
def artifact(tmp_path):
    folder = tmp_path / "mlp-onnx-fp32-0"
    folder.mkdir()
    content = {
        "inputs": [["x", "FLOAT", [-1, 4]]],
        "outputs": [["y", "FLOAT", [-1, 2]]],
        "layers": [["CONSTANT", {"weights": 12}]],
    }
    (folder / "model.onnx").write_text(json.dumps(content), encoding="utf-8")
    return Artifact(
        spec=ModelSpec.of("mlp"),
        format="onnx",
        precision="fp32",
        folder=str(folder),
        main="model.onnx",
        parameter_count=12,
        bytes=1,
        digest="a",
        exporter="",
        exporter_version="",
    )


def test_an_engine_is_kept_beside_the_artifact_with_what_was_read_back(artifact, tmp_path):
    assert find_engine(artifact, ORDER) is None
    engine = make_engine(FakeTensorRT(), artifact, ORDER)
    assert engine.path.parent.parent == tmp_path
    assert (engine.inputs, engine.outputs) == (("x",), ("y",))
    assert (engine.layers, engine.weights) == (1, 12)
    assert engine.bytes == engine.path.stat().st_size > 0
    assert engine.settings["tf32"] == "0"
    assert find_engine(artifact, ORDER) == engine


def test_an_engine_is_built_once_and_another_order_is_another_engine(artifact):
    trt = FakeTensorRT()
    first = make_engine(trt, artifact, ORDER)
    assert make_engine(trt, artifact, ORDER) == first
    assert len(trt.networks) == 1
    other = make_engine(trt, artifact, replace(ORDER, batch_size=2))
    assert other.path != first.path
    assert len(trt.networks) == 2


def test_an_engine_that_is_not_whole_is_built_again(artifact):
    trt = FakeTensorRT()
    engine = make_engine(trt, artifact, ORDER)
    engine.path.write_bytes(b"torn")
    assert find_engine(artifact, ORDER) is None
    assert make_engine(trt, artifact, ORDER).path.stat().st_size == engine.bytes


def test_a_build_that_fails_leaves_nothing(artifact, tmp_path):
    with pytest.raises(PreparationError, match="no kernel fits"):
        make_engine(FakeTensorRT(refuses="build"), artifact, ORDER)
    assert not engine_folder(artifact, ORDER).exists()
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_times_of_kernels_are_shared_by_the_engines_of_one_library_and_gpu(artifact, tmp_path):
    trt = FakeTensorRT()
    make_engine(trt, artifact, ORDER)
    make_engine(trt, artifact, replace(ORDER, batch_size=2))
    (timings,) = tmp_path.glob("timing-*.cache")
    assert timings.read_bytes() == b"+1 build+1 build"
    off = tuple((name, "0" if name == "timing_cache" else value) for name, value in OPTIONS)
    make_engine(trt, artifact, replace(ORDER, options=off))
    assert timings.read_bytes() == b"+1 build+1 build"


def test_an_engine_that_is_there_is_not_ordered_again(artifact):
    trt = FakeTensorRT()
    ordered = []

    def maker(wanted, order, device):
        ordered.append(device)
        make_engine(trt, wanted, order)

    engine = ordered_engine(artifact, ORDER, "cuda:1", maker)
    assert ordered_engine(artifact, ORDER, "cuda:1", maker) == engine
    assert ordered == ["cuda:1"]


def test_a_maker_that_leaves_nothing_is_a_failure_with_the_place(artifact):
    with pytest.raises(PreparationError, match=r"left no engine in .*tensorrt-engine-fp32-sm89"):
        ordered_engine(artifact, ORDER, "cuda:0", lambda *_: None)
