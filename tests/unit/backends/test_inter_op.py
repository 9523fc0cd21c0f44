"""Threads across operators, in a real session of ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest

from harness.backends.onnxruntime import OnnxRuntimeBackend
from harness.backends.registry import load
from harness.core.case import Target
from harness.core.reason import ReasonCode
from tests.unit.backends.ort_stand_ins import make_artifact

INPUT = np.ones((2, 4), dtype=np.float32)


def target(threads: str) -> Target:
    return Target(backend="onnxruntime", options=(("inter_op_threads", threads),))


def test_operators_run_side_by_side_where_there_are_threads_for_them(tmp_path):
    artifact = make_artifact(tmp_path / "model.onnx", ["batch", 4])
    with OnnxRuntimeBackend().prepare(artifact, target("2"), 2) as model:
        model.bind((INPUT,))
        model.run()
        effective = model.effective()
        assert np.array_equal(model.outputs()[0], 2 * INPUT)
    assert effective["execution_mode"] == "parallel"
    assert effective["inter_op_threads"] == "2"
    assert effective["threads"] == "1 (asked, not verified)"
    assert int(effective["threads_started"]) >= 1


def test_one_thread_across_operators_is_what_there_is_without_the_option(tmp_path):
    artifact = make_artifact(tmp_path / "model.onnx", ["batch", 4])
    with OnnxRuntimeBackend().prepare(artifact, target("1"), 2) as model:
        effective = model.effective()
    assert effective["execution_mode"] == "sequential"
    assert effective["threads"] == "1"


@pytest.mark.parametrize("backend", ["eager", "torchscript", "fake"])
def test_runtimes_that_run_one_operator_at_a_time_refuse_the_option(backend):
    asked = Target(backend=backend, options=(("inter_op_threads", "2"),))
    assert load(backend).availability(asked).code is ReasonCode.OPTION_UNSUPPORTED
