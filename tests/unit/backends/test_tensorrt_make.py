from __future__ import annotations

import io
import json
import os
import signal
import sys
from dataclasses import asdict, replace

import pytest

from harness.backends.tensorrt_engine import find_engine
from harness.backends.tensorrt_make import main, make_apart, perform, record_of
from harness.backends.tensorrt_order import Order
from harness.core.errors import PreparationError, Unavailable
from harness.core.reason import ReasonCode
from model_zoo.export.artifact import Artifact
from model_zoo.spec import ModelSpec
from tests.fake_cuda import FakeCuda
from tests.fake_tensorrt import FakeTensorRT

ORDER = Order(
    flavour="tensorrt",
    version="10.13",
    artifact_digest="a",
    precision="fp32",
    sm=89,
    gpu="Fake GPU 0",
    batch_size=1,
    options=(
        ("batch", "fixed"),
        ("optimization_level", "3"),
        ("tf32", "0"),
        ("workspace_mib", "unlimited"),
    ),
)


@pytest.fixture
def artifact(tmp_path):
    folder = tmp_path / "mlp-onnx-fp32-0"
    folder.mkdir()
    content = {"inputs": [["x", "FLOAT", [-1, 4]]], "outputs": [["y", "FLOAT", [-1, 2]]]}
    (folder / "model.onnx").write_text(json.dumps(content), encoding="utf-8")
    return Artifact(
        spec=ModelSpec.of("mlp"),
        format="onnx",
        precision="fp32",
        folder=str(folder),
        main="model.onnx",
        parameter_count=0,
        bytes=0,
        digest="a",
        exporter="",
        exporter_version="",
    )


def job(artifact, order=ORDER):
    """Return what crosses the pipe, as it comes out of it."""
    text = json.dumps({"artifact": record_of(artifact), "order": asdict(order), "device": "cuda:1"})
    return json.loads(text)


def test_an_engine_is_built_while_its_device_is_held(artifact):
    cuda, flavours = FakeCuda(devices=2), []

    def bindings(flavour):
        flavours.append((flavour.name, cuda.current is not None))
        return FakeTensorRT(cuda)

    assert perform(job(artifact), bindings, cuda) is None
    assert find_engine(artifact, ORDER) is not None
    assert flavours == [("tensorrt", True)]
    assert cuda.alive == {}


def test_rtx_needs_no_device_to_build(artifact):
    def no_driver(name):
        raise OSError(name)

    order = replace(ORDER, flavour="tensorrt-rtx", gpu="")
    assert perform(job(artifact, order), lambda _: FakeTensorRT(), no_driver) is None
    assert find_engine(artifact, order) is not None


def test_a_network_that_is_refused_is_a_reason(artifact):
    refusing = FakeTensorRT(refuses="build")
    reason = perform(job(artifact), lambda _: refusing, FakeCuda(devices=2))
    assert reason is not None
    assert "no kernel fits" in reason.detail
    assert find_engine(artifact, ORDER) is None


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError("disk full"), ReasonCode.PREPARATION_FAILED),
        (MemoryError("too large"), ReasonCode.OUT_OF_MEMORY),
        (
            Unavailable(ReasonCode.BACKEND_NOT_INSTALLED, "not installed"),
            ReasonCode.BACKEND_NOT_INSTALLED,
        ),
    ],
)
def test_whatever_goes_wrong_while_building_is_a_reason_with_its_text(artifact, error, code):
    def fail(_flavour):
        raise error

    reason = perform(job(artifact), fail, FakeCuda(devices=2))
    assert reason is not None
    assert reason.code is code
    assert str(error.args[0]).rpartition(": ")[2] in reason.detail


def test_a_process_of_its_own_answers_with_the_reason(artifact):
    with pytest.raises(PreparationError) as caught:
        make_apart(artifact, replace(ORDER, flavour="tensorrt-rtx", gpu=""), "cuda:0")
    assert caught.value.reason.code is ReasonCode.BACKEND_NOT_INSTALLED
    assert "tensorrt_rtx" in caught.value.reason.detail


def test_a_process_that_is_killed_is_a_reason_with_its_signal(artifact, tmp_path):
    stand_in = tmp_path / "python"
    stand_in.write_text("#!/bin/sh\nkill -KILL $$\n", encoding="utf-8")
    stand_in.chmod(0o755)
    with pytest.raises(PreparationError, match=f"by signal {signal.SIGKILL.value} and left no"):
        make_apart(artifact, ORDER, "cuda:0", python=str(stand_in))


def test_a_process_that_says_nothing_is_a_reason_with_its_status(artifact, tmp_path):
    stand_in = tmp_path / "python"
    stand_in.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    stand_in.chmod(0o755)
    with pytest.raises(PreparationError, match="with the status 3 and left no answer"):
        make_apart(artifact, ORDER, "cuda:0", python=str(stand_in))


def test_the_command_writes_one_line_and_its_status_says_whether_it_went_well(
    artifact, monkeypatch, capfd
):
    order = replace(ORDER, flavour="tensorrt-rtx", gpu="")
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(job(artifact, order))))
    kept = os.dup(1)
    try:
        assert main([]) == 1
    finally:
        os.dup2(kept, 1)
        os.close(kept)
    (line,) = capfd.readouterr().out.splitlines()
    assert json.loads(line)["reason"]["code"] == "backend_not_installed"
