from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from harness.backends.base import Arrays
from harness.backends.onnxruntime import OnnxRuntimeBackend, OnnxRuntimeTensorRTBackend
from harness.backends.onnxruntime_session import pool, session_options
from harness.core.case import Precision, Target
from harness.core.errors import PreparationError, Unavailable
from harness.core.reason import Reason, ReasonCode
from model_zoo.export.artifact import Artifact, no_file
from model_zoo.spec import ModelSpec

CPU = Target(backend="onnxruntime")
GPU = Target(backend="onnxruntime", device="cuda:0")
CUDA = "CUDAExecutionProvider"


@pytest.fixture
def artifact(tmp_path):
    return make_artifact(tmp_path / "model.onnx", ["batch", 4])


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


def test_a_session_gives_what_the_graph_says_and_its_settings(artifact):
    outputs, effective = prepare(OnnxRuntimeBackend(), artifact, CPU)
    np.testing.assert_array_equal(outputs[0], np.full((2, 4), 2.0))
    assert effective["graph_optimization"] == "all"
    assert effective["execution_mode"] == "sequential"
    assert effective["provider"] == "CPUExecutionProvider"
    assert effective["denormals"] == "kept"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("allow_spinning", "0"),
        ("cpu_mem_arena", "0"),
        ("graph_optimization", "extended"),
        ("graph_optimization", "basic"),
        ("graph_optimization", "disable_all"),
        ("prepacking", "0"),
    ],
)
def test_an_option_that_was_asked_for_is_read_back(artifact, name, value):
    _, effective = prepare(OnnxRuntimeBackend(), artifact, replace(CPU, options=((name, value),)))
    assert effective[name] == value


def test_operators_on_another_provider_are_named_and_fail_the_case(artifact):
    azure = "AzureExecutionProvider"
    if azure not in onnxruntime.get_available_providers():
        pytest.skip(f"this onnxruntime has no {azure} to lose operators to the CPU's")
    with pytest.raises(PreparationError, match="Add 'twice' on CPUExecutionProvider") as caught:
        prepare(OnnxRuntimeBackend(cpu_provider=azure), artifact, CPU)
    assert caught.value.reason.code is ReasonCode.SILENT_FALLBACK
    assert "Shape" not in caught.value.reason.detail


def test_a_session_that_lost_cuda_is_never_measured_as_cuda(artifact):
    with pytest.raises(Unavailable, match="came back with CPUExecutionProvider") as caught:
        prepare(on_another_machine(), artifact, GPU)
    assert caught.value.reason.code is ReasonCode.PROVIDER_UNAVAILABLE


def test_a_session_of_cuda_with_an_operator_on_the_cpu_fails(artifact):
    backend = on_another_machine(
        get_providers=[CUDA, "CPUExecutionProvider"],
        get_provider_options={CUDA: CUDA_OPTIONS},
        get_provider_graph_assignment_info=[
            Subgraph(CUDA, [SIZES]),
            Subgraph("CPUExecutionProvider", [TWICE]),
        ],
    )
    with pytest.raises(PreparationError, match="Add 'twice'") as caught:
        prepare(backend, artifact, GPU)
    assert caught.value.reason.code is ReasonCode.SILENT_FALLBACK


def test_a_provider_that_ignores_an_option_fails_the_case(artifact):
    backend = on_another_machine(
        get_providers=[CUDA], get_provider_options={CUDA: {**CUDA_OPTIONS, "use_tf32": "1"}}
    )
    with pytest.raises(PreparationError, match="use_tf32 is 1, asked for 0") as caught:
        prepare(backend, artifact, GPU)
    assert caught.value.reason.code is ReasonCode.SETTING_NOT_APPLIED


def test_a_version_that_cannot_be_asked_is_watched_while_it_runs(artifact):
    silent = {"get_provider_graph_assignment_info": AttributeError}
    prepare(OnnxRuntimeBackend(importer=Runtime(silent)), artifact, CPU)
    cuda = on_another_machine(
        get_providers=[CUDA, "CPUExecutionProvider"],
        get_provider_options={CUDA: CUDA_OPTIONS},
        **silent,
    )
    with pytest.raises(PreparationError, match="Add 'twice' on CPUExecutionProvider") as caught:
        prepare(cuda, artifact, GPU)
    assert caught.value.reason.code is ReasonCode.SILENT_FALLBACK
    assert "Shape" not in caught.value.reason.detail


def test_sizes_may_be_computed_elsewhere_and_are_listed(artifact):
    session = Session(
        onnxruntime.InferenceSession(artifact.path),
        {"get_provider_graph_assignment_info": [Subgraph("CPUExecutionProvider", [SIZES])]},
    )
    placed = on_another_machine()._placed(session, artifact, GPU)
    assert placed == {"shape_nodes_elsewhere": "Shape 'sizes' on CPUExecutionProvider"}


@pytest.mark.parametrize("precision", [Precision.FP16, Precision.BF16])
def test_a_precision_that_would_be_computed_in_another_is_refused(artifact, precision):
    with pytest.raises(Unavailable) as caught:
        prepare(OnnxRuntimeBackend(), artifact, replace(CPU, precision=precision))
    assert caught.value.reason.code is ReasonCode.PRECISION_UNSUPPORTED


def test_a_provider_that_does_not_load_is_unavailable_in_the_librarys_own_words(artifact, capfd):
    backend = OnnxRuntimeBackend(importer=Runtime({}, log=LOG), missing=lambda _: None)
    reason = backend.availability(GPU)
    assert reason is not None
    assert reason.code is ReasonCode.PROVIDER_UNAVAILABLE
    assert reason.detail == SAID
    assert "onnxruntime-gpu" in reason.hint
    with pytest.raises(Unavailable, match="CPUExecutionProvider: Failed to load") as caught:
        prepare(backend, artifact, GPU)
    assert caught.value.reason.code is ReasonCode.PROVIDER_UNAVAILABLE
    assert capfd.readouterr().err == ""


def test_a_gpu_that_is_not_there_is_the_reason_with_the_librarys_words_beside_it():
    gone = Reason(code=ReasonCode.NO_CUDA_DEVICE, detail="no libcuda", hint="install it")
    backend = OnnxRuntimeBackend(importer=Runtime({}, log=LOG), missing=lambda _: gone)
    assert backend.availability(GPU) == replace(gone, detail=f"no libcuda; onnxruntime: {SAID}")


def test_a_provider_whose_probe_raises_and_logs_nothing_is_named_with_the_error():
    runtime = Runtime({}, error_of_probe=RuntimeError("Please install TensorRT libraries"))
    reason = OnnxRuntimeBackend(importer=runtime, missing=lambda _: None).availability(GPU)
    assert reason is not None
    assert reason.detail == "Please install TensorRT libraries"


def test_a_provider_that_is_lost_without_a_word_is_named_with_what_came_instead():
    backend = on_another_machine()
    reason = backend.availability(GPU)
    assert reason is not None
    assert reason.detail == f"asked for {CUDA}, the session came back with CPUExecutionProvider"


def test_a_session_that_fails_because_its_provider_does_is_unavailable_and_not_failed(artifact):
    error = RuntimeError("Please install TensorRT libraries")
    runtime = Runtime({}, error, LOG)
    with pytest.raises(Unavailable, match="Failed to load") as caught:
        prepare(OnnxRuntimeBackend(importer=runtime, missing=lambda _: None), artifact, GPU)
    assert caught.value.reason.code is ReasonCode.PROVIDER_UNAVAILABLE
    whole = Runtime({}, error, of_probe={"get_providers": [CUDA]})
    with pytest.raises(PreparationError, match="Please install") as failed:
        prepare(OnnxRuntimeBackend(importer=whole, missing=lambda _: None), artifact, GPU)
    assert failed.value.reason.code is ReasonCode.PREPARATION_FAILED


def test_a_gpu_takes_fp16_and_the_option_tf32():
    backend = OnnxRuntimeBackend(
        importer=Runtime({"get_providers": [CUDA]}), missing=lambda _: None
    )
    assert backend.availability(replace(GPU, precision=Precision.FP16)) is None
    assert backend.availability(replace(GPU, options=(("tf32", "1"),))) is None
    assert backend.availability(replace(CPU, options=(("tf32", "1"),))) is not None


def test_tensorrt_is_told_the_device_and_the_precision_and_keeps_no_engine():
    backend = OnnxRuntimeTensorRTBackend()
    assert backend.provider(HALF) == TRT
    assert backend.provider_options(HALF) == {
        "device_id": "2",
        "trt_fp16_enable": "1",
        "trt_cuda_graph_enable": "0",
        "trt_builder_optimization_level": "3",
        "trt_engine_cache_enable": "0",
        "trt_timing_cache_enable": "0",
    }


def test_what_a_target_chooses_of_cuda_is_set():
    chosen = {
        "arena_extend_strategy": "kSameAsRequested",
        "cuda_graph": "1",
        "cudnn_conv_algo_search": "HEURISTIC",
    }
    settings = OnnxRuntimeBackend().provider_options(replace(GPU, options=tuple(chosen.items())))
    assert settings == {
        **{name: value for name, value in CUDA_OPTIONS.items() if name != "gpu_mem_limit"},
        "arena_extend_strategy": "kSameAsRequested",
        "enable_cuda_graph": "1",
        "cudnn_conv_algo_search": "HEURISTIC",
    }


@pytest.mark.parametrize(("tf32", "override"), [("0", "0"), ("1", None)])
def test_tf32_in_tensorrt_is_asked_by_the_only_means_there_is(
    artifact, monkeypatch, tf32, override
):
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "something")
    target = replace(GPU, backend="onnxruntime-trt", options=(("tf32", tf32),))
    backend = OnnxRuntimeTensorRTBackend(missing=lambda _: None)
    said = {"get_providers": [TRT], "get_provider_options": {TRT: backend.provider_options(target)}}
    nodes = [Subgraph(TRT, [TWICE, SIZES])]
    runtime = Runtime({**said, "get_provider_graph_assignment_info": nodes})
    backend = OnnxRuntimeTensorRTBackend(importer=runtime, missing=lambda _: None)
    session = backend._session(runtime, artifact, target, session_options(onnxruntime, target))
    assert os.environ.get("NVIDIA_TF32_OVERRIDE") == override
    assert backend._settings(session, target)["tf32"] == f"{tf32} (asked, not verified)"


def test_tensorrt_refuses_the_cpu():
    reason = OnnxRuntimeTensorRTBackend().availability(replace(CPU, backend="onnxruntime-trt"))
    assert reason is not None
    assert reason.code is ReasonCode.NO_CUDA_DEVICE


def test_a_file_in_another_precision_is_refused(artifact):
    with pytest.raises(PreparationError, match="fp16") as caught:
        prepare(OnnxRuntimeBackend(), replace(artifact, precision="fp16"), CPU)
    assert caught.value.reason.code is ReasonCode.ARTIFACT_FAILED


def test_a_file_that_is_missing_or_no_network_is_named(artifact):
    with pytest.raises(PreparationError, match=r"gone\.onnx"):
        prepare(OnnxRuntimeBackend(), replace(artifact, main="gone.onnx"), CPU)
    artifact.path.write_bytes(b"not a network")
    with pytest.raises(PreparationError, match=r"model\.onnx") as caught:
        prepare(OnnxRuntimeBackend(), artifact, CPU)
    assert caught.value.reason.code is ReasonCode.PREPARATION_FAILED


def test_a_package_that_does_not_load_is_unavailable_by_name():
    def broken(name):
        raise OSError(f"{name}: libonnxruntime.so is too old")

    backend = OnnxRuntimeBackend(importer=broken)
    reason = backend.availability(CPU)
    assert reason is not None
    assert reason.code is ReasonCode.BACKEND_NOT_INSTALLED
    with pytest.raises(Unavailable, match="too old"):
        backend.preload()


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("std::bad_alloc"), RuntimeError("CUDA failure 2: out of memory")],
)
def test_memory_that_runs_out_while_loading_has_its_own_code(artifact, error):
    backend = OnnxRuntimeBackend(importer=Runtime({}, error))
    with pytest.raises(PreparationError) as caught:
        prepare(backend, artifact, CPU)
    assert caught.value.reason.code is ReasonCode.OUT_OF_MEMORY


def test_inputs_of_another_batch_are_refused(artifact):
    with OnnxRuntimeBackend().prepare(artifact, CPU, 2) as model:
        with pytest.raises(PreparationError, match="no inputs are bound"):
            model.run()
        with pytest.raises(PreparationError, match=r"\(3, 4\)"):
            model.bind((np.ones((3, 4), np.float32),))


@pytest.mark.parametrize(
    ("shape", "kind"), [(["batch", "any"], TensorProto.FLOAT), (["batch", 4], TensorProto.DOUBLE)]
)
def test_a_tensor_that_cannot_be_bound_beforehand_is_named(tmp_path, shape, kind):
    artifact = make_artifact(tmp_path / "odd.onnx", shape, kind)
    with pytest.raises(PreparationError, match="'x' is a"):
        prepare(OnnxRuntimeBackend(), artifact, CPU)


def test_a_pool_of_another_size_than_asked_for_fails_the_case():
    two = replace(CPU, threads=2)
    assert pool(two, 3, 4)["threads"] == "2"
    assert pool(two, None, None)["threads"] == "2 (asked, not verified)"
    with pytest.raises(PreparationError, match="threads is 1, asked for 2"):
        pool(two, 3, 3)
