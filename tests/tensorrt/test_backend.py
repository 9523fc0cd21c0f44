"""The backend with the real bindings, as far as it goes without a GPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from harness.backends.cuda_driver import missing_device
from harness.backends.registry import load
from harness.backends.tensorrt import TensorRTForRtxBackend
from harness.backends.tensorrt_engine import engine_folder, find_engine
from harness.backends.tensorrt_flavour import load_bindings
from harness.backends.tensorrt_make import make_apart
from harness.core.case import Target
from harness.core.errors import PreparationError
from harness.core.reason import ReasonCode
from model_zoo.solve import solve
from tests.fake_cuda import FakeCuda
from tests.tensorrt.orders import order_of

GPU = Target(backend="tensorrt-rtx", device="cuda:0")
without_gpu = pytest.mark.skipif(
    missing_device("cuda:0") is None, reason="there is a GPU: tests with the marker gpu go further"
)


@without_gpu
def test_the_package_is_found_and_the_device_is_what_is_missing():
    reason = load("tensorrt-rtx").availability(GPU)
    assert reason is not None
    assert reason.code is ReasonCode.NO_CUDA_DEVICE


def test_a_process_of_its_own_builds_for_a_gpu_that_is_not_here(trt, cache):
    artifact = cache.make(solve("mlp", 300_000), "onnx")
    order = order_of(trt, artifact, 120, 2)
    assert find_engine(artifact, order) is None
    make_apart(artifact, order, "cuda:0")
    engine = find_engine(artifact, order)
    assert engine is not None
    assert engine.settings["compute_capability"] == "SM120"
    assert engine.build_ns > 0


def test_a_process_of_its_own_says_why_there_is_no_engine(trt, cache):
    artifact = cache.make(solve("mlp", 400_000), "onnx")
    order = order_of(trt, artifact, 120)
    artifact.path.write_bytes(b"no model")
    with pytest.raises(PreparationError, match="does not parse") as caught:
        make_apart(artifact, order, "cuda:0")
    assert caught.value.reason.code is ReasonCode.PREPARATION_FAILED
    assert not engine_folder(artifact, order).exists()


@without_gpu
def test_an_engine_that_cannot_be_loaded_here_fails_with_the_librarys_reason(cache):
    cuda = FakeCuda(sm=89)
    backend = TensorRTForRtxBackend(load_bindings, lambda _: None, cuda)
    artifact = cache.make(solve("mlp", 200_000), "onnx")
    with (
        pytest.raises(PreparationError, match=r"engine\.plan does not load: .*CUDA") as caught,
        backend.prepare(artifact, GPU, 1),
    ):
        pass
    assert caught.value.reason.code is ReasonCode.PREPARATION_FAILED
    assert cuda.alive == {}


def test_loading_the_bindings_brings_no_other_runtime_and_no_thread():
    script = """
import json, sys
from harness.backends.registry import load
from harness.backends.settings import thread_count
load("tensorrt-rtx").preload()
others = [name for name in ("torch", "onnxruntime", "onnx", "scipy") if name in sys.modules]
json.dump([others, thread_count()], sys.stdout)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    others, threads = json.loads(done.stdout)
    assert others == []
    assert threads in {None, 1}
