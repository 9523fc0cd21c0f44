from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from harness.backends.base import Compiler, PreparedModel
from harness.backends.registry import load
from harness.backends.tensorrt import TensorRTBackend, TensorRTForRtxBackend
from harness.backends.tensorrt_engine import make_engine
from harness.core.case import Precision, Target
from harness.core.errors import PreparationError, Unavailable
from harness.core.reason import Reason, ReasonCode
from model_zoo.export.artifact import Artifact
from model_zoo.spec import ModelSpec
from tests.fake_cuda import FakeCuda
from tests.fake_tensorrt import FakeTensorRT

GPU = Target(backend="tensorrt", device="cuda:0")
X = np.array([[1.0, 2.0, 3.0]], dtype=np.float32)


class Machine:
    """A GPU, bindings for it, and builds that are done in this process and counted."""

    def __init__(self, kind=TensorRTBackend, refuses="", sm=89):
        self.cuda = FakeCuda(devices=2, sm=sm)
        self.trt = FakeTensorRT(self.cuda, refuses)
        self.builds = []
        self.backend = kind(lambda _: self.trt, lambda _: None, self.cuda, self.make)

    def make(self, artifact, order, device):
        self.builds.append((order, device))
        make_engine(self.trt, artifact, order)

    @contextmanager
    def prepared(self, artifact, target=GPU, batch_size=1):
        with self.backend.prepare(artifact, target, batch_size) as model:
            yield model


@pytest.fixture
def artifact(tmp_path):
    folder = tmp_path / "mlp-onnx-fp32-0"
    folder.mkdir()
    content = {
        "inputs": [["x", "FLOAT", [-1, 3]]],
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
        bytes=0,
        digest="a",
        exporter="",
        exporter_version="",
    )


@pytest.mark.parametrize("kind", [TensorRTBackend, TensorRTForRtxBackend])
def test_a_network_is_built_loaded_and_run(artifact, kind):
    machine = Machine(kind)
    with machine.prepared(artifact) as model:
        kept: PreparedModel = model
        kept.bind((X,))
        kept.run()
        (found,) = kept.outputs()
    assert found.tolist() == [[6.0, 12.0]]
    assert machine.cuda.alive == {}
    assert machine.cuda.contexts == 0


def test_what_is_in_effect_says_library_builder_and_engine(artifact):
    with Machine().prepared(artifact, batch_size=4) as model:
        found = model.effective()
    digest = found["engine_digest"]
    assert len(digest) == 16
    assert {name: found[name] for name in found if name != "engine_digest"} == {
        "library": "tensorrt 10.13.0",
        "precision": "fp32",
        "tf32": "0",
        "optimization_level": "3",
        "workspace_mib": "65536",
        "batches": "4",
        "timing_cache": "1",
        "cuda_graph": "0",
        "stream": "its own",
        "network_layers": "1",
        "network_weights": "12",
        "engine_layers": "7",
        "engine_bytes": found["engine_bytes"],
        "scratch_bytes": "4096",
    }


def test_an_engine_is_built_once_before_it_is_loaded_and_its_build_time_stays_with_it(artifact):
    machine = Machine()
    compiler: Compiler = machine.backend
    took_ns = compiler.build(artifact, GPU, 1)
    assert took_ns > 0
    assert compiler.build(artifact, GPU, 1) == took_ns
    with machine.prepared(artifact):
        pass
    assert len(machine.builds) == 1
    assert machine.cuda.contexts == 0


@pytest.mark.parametrize(
    "target", [replace(GPU, device="cpu"), replace(GPU, options=(("a", "b"),))]
)
def test_nothing_is_built_for_what_cannot_be_served(artifact, target):
    machine = Machine()
    with pytest.raises(Unavailable):
        machine.backend.build(artifact, target, 1)
    assert machine.builds == []


def test_an_engine_depends_on_gpu_and_options_but_not_on_the_way_a_pass_is_queued(artifact):
    machine = Machine()
    with machine.prepared(artifact):
        pass
    graph = replace(GPU, device="cuda:1", options=(("cuda_graph", "1"),))
    with machine.prepared(artifact, replace(graph, device="cuda:0")) as model:
        assert model.effective()["cuda_graph"] == "1"
    assert len(machine.builds) == 1
    with machine.prepared(artifact, graph):
        pass
    with machine.prepared(artifact, replace(GPU, options=(("tf32", "1"),))) as model:
        assert model.effective()["tf32"] == "1"
    orders = [(order.gpu, order.option("tf32"), device) for order, device in machine.builds]
    assert orders == [
        ("Fake GPU 0", "0", "cuda:0"),
        ("Fake GPU 1", "0", "cuda:1"),
        ("Fake GPU 0", "1", "cuda:0"),
    ]


def test_engines_of_rtx_depend_on_the_compute_capability_and_no_gpus_name(artifact):
    machine = Machine(TensorRTForRtxBackend, sm=120)
    with machine.prepared(artifact, replace(GPU, backend="tensorrt-rtx")):
        pass
    ((order, _),) = machine.builds
    assert (order.flavour, order.sm, order.gpu) == ("tensorrt-rtx", 120, "")


def test_a_dynamic_batch_of_rtx_has_its_kernels_before_the_clock_runs(artifact):
    machine = Machine(TensorRTForRtxBackend)
    target = Target(backend="tensorrt-rtx", device="cuda:0", options=(("batch", "dynamic"),))
    with machine.prepared(artifact, target, batch_size=2) as model:
        model.bind((np.concatenate([X, X]),))
        model.run()
        assert model.outputs()[0].shape == (2, 2)
    assert machine.trt.contexts[0].specialization == "EAGER"


def test_the_graph_of_a_pass_is_recorded_where_it_is_asked_for(artifact):
    machine = Machine()
    with machine.prepared(artifact, replace(GPU, options=(("cuda_graph", "1"),))) as model:
        model.bind((X,))
        model.run()
        assert machine.cuda.calls[-1] == "cuGraphLaunch"
        assert model.outputs()[0].tolist() == [[6.0, 12.0]]


@pytest.mark.parametrize(
    ("target", "code", "said"),
    [
        (replace(GPU, device="cpu"), ReasonCode.NO_CUDA_DEVICE, "the target is cpu"),
        (replace(GPU, options=(("dla", "1"),)), ReasonCode.OPTION_UNSUPPORTED, "'dla'"),
        (replace(GPU, options=(("tf32", "2"),)), ReasonCode.OPTION_UNSUPPORTED, "tf32=2"),
    ],
)
def test_what_cannot_be_served_has_a_reason(artifact, target, code, said):
    machine = Machine()
    reason = machine.backend.availability(target)
    assert reason is not None
    assert reason.code is code
    assert said in reason.detail
    with pytest.raises(Unavailable) as caught, machine.prepared(artifact, target):
        pass
    assert caught.value.reason == reason


def test_a_missing_device_is_the_reason_where_the_package_is_there():
    gone = Reason(code=ReasonCode.NO_CUDA_DEVICE, detail="none")
    backend = TensorRTBackend(lambda _: FakeTensorRT(), lambda _: gone)
    assert backend.availability(GPU) == gone


def test_a_missing_package_is_the_reason_and_loading_it_says_the_same():
    error = Unavailable(ReasonCode.BACKEND_NOT_INSTALLED, "not installed", "pip install it")

    def missing(_flavour):
        raise error

    backend = TensorRTBackend(missing)
    assert backend.availability(GPU) == error.reason
    with pytest.raises(Unavailable, match="not installed"):
        backend.preload()


def test_bindings_that_are_there_are_loaded_before_they_are_needed():
    loaded = []

    def load(flavour):
        loaded.append(flavour)
        return FakeTensorRT()

    TensorRTBackend(load).preload()
    assert len(loaded) == 1


def test_a_gpu_that_rtx_builds_nothing_for_is_said_before_anything_is_built():
    machine = Machine(TensorRTForRtxBackend, sm=90)
    reason = machine.backend.availability(replace(GPU, backend="tensorrt-rtx"))
    assert reason is not None
    assert reason.code is ReasonCode.PLATFORM_UNSUPPORTED
    assert "SM 90 (Fake GPU 0)" in reason.detail


@pytest.mark.parametrize(("sm", "served"), [(75, False), (80, True)])
def test_bfloat16_needs_a_gpu_that_has_it(sm, served):
    reason = Machine(sm=sm).backend.availability(replace(GPU, precision=Precision.BF16))
    assert (reason is None) == served
    assert served or reason.code is ReasonCode.PRECISION_UNSUPPORTED


def test_a_file_in_another_precision_is_refused(artifact):
    with (
        pytest.raises(PreparationError, match="the file is in fp32, the target asks fp16"),
        Machine().prepared(artifact, replace(GPU, precision=Precision.FP16)),
    ):
        pass


@pytest.mark.parametrize(
    ("refuses", "said", "code"),
    [
        ("build", "no kernel fits", ReasonCode.PREPARATION_FAILED),
        ("load", "does not load: of another GPU", ReasonCode.PREPARATION_FAILED),
        ("context", "no context", ReasonCode.OUT_OF_MEMORY),
        ("pass", "refused to queue", ReasonCode.PREPARATION_FAILED),
    ],
)
def test_whatever_the_library_refuses_gives_the_device_back(artifact, refuses, said, code):
    machine = Machine(refuses=refuses)
    graph = replace(GPU, options=(("cuda_graph", "1"),))
    with pytest.raises(PreparationError, match=said) as caught, machine.prepared(artifact, graph):
        pass
    assert caught.value.reason.code is code
    assert machine.cuda.alive == {}
    assert machine.cuda.contexts == 0


@pytest.mark.parametrize(
    ("name", "kind"), [("tensorrt", TensorRTBackend), ("tensorrt-rtx", TensorRTForRtxBackend)]
)
def test_each_product_has_a_name_of_its_own(name, kind):
    assert type(load(name)) is kind
