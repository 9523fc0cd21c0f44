"""onnxruntime-gpu on a machine without a GPU: what it lists, what it gives, and what we say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import onnxruntime
import pytest

from harness.backends.cuda_driver import missing_device
from harness.backends.onnxruntime import OnnxRuntimeBackend, OnnxRuntimeTensorRTBackend
from harness.backends.onnxruntime_provider import _PROBE, cuda_settings, tensorrt_settings
from harness.core.case import Target
from harness.core.errors import Unavailable
from harness.core.reason import SKIPS, ReasonCode
from model_zoo.export.cache import ArtifactCache
from model_zoo.solve import solve

CUDA = Target(backend="onnxruntime", device="cuda:0")
TRT = Target(backend="onnxruntime-trt", device="cuda:0")
BACKENDS = [(OnnxRuntimeBackend, CUDA, "cuda"), (OnnxRuntimeTensorRTBackend, TRT, "tensorrt")]
every_backend = pytest.mark.parametrize(("backend", "target", "library"), BACKENDS)
without_gpu = pytest.mark.skipif(
    missing_device("cuda:0") is None, reason="this machine has a GPU: no provider is lost here"
)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    cache = ArtifactCache(tmp_path_factory.mktemp("artifacts"))
    return cache.make(solve("mlp", 10_000), "onnx")


def test_the_package_lists_both_providers():
    assert {"CUDAExecutionProvider", "TensorrtExecutionProvider"} <= set(
        onnxruntime.get_available_providers()
    )


@without_gpu
def test_the_library_itself_gives_a_session_of_the_cpu_to_whoever_asks_for_cuda(capfd):
    session = onnxruntime.InferenceSession(_PROBE, providers=["CUDAExecutionProvider"])
    assert session.get_providers() == ["CPUExecutionProvider"]
    assert "libonnxruntime_providers_cuda.so" in capfd.readouterr().err


@without_gpu
@every_backend
def test_a_target_on_a_gpu_is_unavailable_with_the_librarys_own_reason(backend, target, library):
    reason = backend().availability(target)
    assert reason is not None
    assert reason.code is ReasonCode.NO_CUDA_DEVICE
    assert re.search(
        rf"onnxruntime: Failed to load .*{onnxruntime_library(library)}", reason.detail
    )
    assert "cannot open shared object file" in reason.detail


@without_gpu
@every_backend
def test_with_a_driver_and_without_cudas_libraries_it_is_unavailable_too(
    backend, target, library, artifact, capfd
):
    """The driver is said to be there: what is missing is what the provider links to."""
    here = backend(missing=lambda _: None)
    reason = here.availability(target)
    assert reason is not None
    assert reason.code is ReasonCode.PROVIDER_UNAVAILABLE
    assert re.match(rf"Failed to load .*{onnxruntime_library(library)}", reason.detail)
    with pytest.raises(Unavailable) as caught, here.prepare(artifact, target, 1):
        pass
    assert caught.value.reason.code in SKIPS
    assert onnxruntime_library(library) in caught.value.reason.detail
    assert capfd.readouterr().out == ""


@without_gpu
def test_a_sweep_measures_the_cpu_and_skips_what_it_has_no_gpu_for(tmp_path):
    backends, devices = "onnxruntime,onnxruntime-trt", "cpu,cuda:0"
    plan = ["--family", "mlp", "--params", "1e4", "--backend", backends, "--device", devices]
    short = ["--rounds", "1", "--seconds", "0.05", "--no-memory", "--no-energy"]
    scalecurve("run", *plan, *short, "--out", str(tmp_path))
    rows = json.loads(scalecurve("show", str(tmp_path), "--json"))
    by_target = {(r["backend"], r["device"]): r for r in rows if not r["replica"]}
    assert by_target["onnxruntime", "cpu"]["status"] == "completed"
    assert by_target["onnxruntime", "cpu"]["effective"]["provider"] == "CPUExecutionProvider"
    for key in (("onnxruntime", "cuda:0"), ("onnxruntime-trt", "cuda:0")):
        assert by_target[key]["status"] == "skipped"
        assert "Failed to load library" in json.dumps(by_target[key]["reason"])
        assert all(metric["value"] is None for metric in by_target[key]["metrics"].values())
    assert by_target["onnxruntime-trt", "cpu"]["status"] == "skipped"


@pytest.mark.parametrize(
    ("library", "settings"),
    [("cuda", cuda_settings(CUDA)), ("tensorrt", tensorrt_settings(TRT))],
)
def test_every_setting_is_a_name_that_the_providers_library_knows(library, settings):
    known = Path(onnxruntime.__file__).parent / "capi" / onnxruntime_library(library)
    names = set(re.findall(rb"[a-z0-9_]{6,}", known.read_bytes()))
    assert {name.encode() for name in settings} <= names


def onnxruntime_library(name: str) -> str:
    return f"libonnxruntime_providers_{name}.so"


def scalecurve(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "scalecurve", *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return done.stdout
