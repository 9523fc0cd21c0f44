from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto

from harness.backends.onnxruntime import OnnxRuntimeBackend
from harness.backends.onnxruntime_session import pool
from harness.core.case import Precision
from harness.core.errors import PreparationError, Unavailable
from harness.core.reason import ReasonCode
from tests.unit.backends.ort_stand_ins import (
    CPU,
    CUDA,
    CUDA_OPTIONS,
    GPU,
    SIZES,
    TWICE,
    Runtime,
    Session,
    Subgraph,
    make_artifact,
    on_another_machine,
    prepare,
)


@pytest.fixture
def artifact(tmp_path):
    return make_artifact(tmp_path / "model.onnx", ["batch", 4])


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
