from __future__ import annotations

import os
from dataclasses import replace

import onnxruntime
import pytest

from harness.backends.onnxruntime import OnnxRuntimeBackend, OnnxRuntimeTensorRTBackend
from harness.backends.onnxruntime_session import session_options
from harness.core.case import Precision
from harness.core.errors import PreparationError, Unavailable
from harness.core.reason import Reason, ReasonCode
from tests.unit.backends.ort_stand_ins import (
    CPU,
    CUDA,
    CUDA_OPTIONS,
    GPU,
    HALF,
    LOG,
    SAID,
    SIZES,
    TRT,
    TWICE,
    Runtime,
    Subgraph,
    make_artifact,
    on_another_machine,
    prepare,
)


@pytest.fixture
def artifact(tmp_path):
    return make_artifact(tmp_path / "model.onnx", ["batch", 4])


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


def test_a_provider_that_ignores_an_option_fails_the_case(artifact):
    backend = on_another_machine(
        get_providers=[CUDA], get_provider_options={CUDA: {**CUDA_OPTIONS, "use_tf32": "1"}}
    )
    with pytest.raises(PreparationError, match="use_tf32 is 1, asked for 0") as caught:
        prepare(backend, artifact, GPU)
    assert caught.value.reason.code is ReasonCode.SETTING_NOT_APPLIED


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
