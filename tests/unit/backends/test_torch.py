from __future__ import annotations

import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from harness.backends.eager import EagerBackend
from harness.backends.torch_prepared import TorchPrepared
from harness.backends.torch_runtime import translated
from harness.backends.torchscript import TorchScriptBackend
from harness.core.case import Precision, Target
from harness.core.errors import PreparationError, Unavailable
from harness.core.reason import ReasonCode
from model_zoo.export.artifact import Artifact
from model_zoo.export.cache import ArtifactCache
from model_zoo.inputs import example_inputs
from model_zoo.solve import solve

SPEC = solve("mlp", 20_000)
EAGER = Target(backend="eager")
SCRIPT = Target(backend="torchscript")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return ArtifactCache(tmp_path_factory.mktemp("artifacts"))


@pytest.mark.parametrize("precision", Precision)
def test_eager_casts_weights_of_another_precision(cache, precision):
    artifact = cache.make(SPEC, "torch", "fp32")
    target = replace(EAGER, precision=precision)
    with EagerBackend().prepare(artifact, target, 1) as model:
        model.bind(example_inputs(SPEC, 1))
        model.run()
        assert model.outputs()[0].dtype == {"fp16": np.float16}.get(precision, np.float32)
        assert model.effective()["precision"] == precision


def test_a_trace_in_another_precision_is_refused(cache):
    artifact = cache.make(SPEC, "torchscript", "fp32")
    target = replace(SCRIPT, precision=Precision.BF16)
    with (
        pytest.raises(PreparationError, match="trace is in fp32") as caught,
        TorchScriptBackend().prepare(artifact, target, 1),
    ):
        pass
    assert caught.value.reason.code is ReasonCode.ARTIFACT_FAILED


@pytest.mark.parametrize("value", ["0", "1"])
def test_optimising_for_inference_is_an_option_that_is_recorded(cache, value):
    artifact = cache.make(SPEC, "torchscript", "fp32")
    target = replace(SCRIPT, options=(("optimize_for_inference", value),))
    with TorchScriptBackend().prepare(artifact, target, 1) as model:
        model.bind(example_inputs(SPEC, 1))
        model.run()
        expected = cache.make_reference(SPEC, 1).outputs(0)
        np.testing.assert_allclose(model.outputs()[0], expected[0], rtol=1e-4, atol=1e-5)
        assert model.effective()["optimize_for_inference"] == value
        assert model.effective()["frozen"] == "1"


def test_other_deprecations_of_torch_are_still_heard(cache):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        artifact = cache.make(SPEC, "torchscript", "fp32")
        heard.clear()
        with TorchScriptBackend().prepare(artifact, SCRIPT, 1):
            warnings.warn("another one", DeprecationWarning, stacklevel=1)
    assert [str(warning.message) for warning in heard] == ["another one"]


@pytest.mark.parametrize("content", [None, b"not a network"])
def test_a_file_that_is_missing_or_no_network_is_named(tmp_path, cache, content):
    whole = cache.make(SPEC, "torchscript", "fp32")
    artifact = replace(whole, folder=str(tmp_path), main="odd.pt")
    if content is not None:
        artifact.path.write_bytes(content)
    with (
        pytest.raises(PreparationError, match=r"odd\.pt") as caught,
        TorchScriptBackend().prepare(artifact, SCRIPT, 1),
    ):
        pass
    assert caught.value.reason.code is ReasonCode.PREPARATION_FAILED


def test_memory_that_runs_out_while_loading_has_its_own_code(cache):
    artifact: Artifact = cache.make(SPEC, "torch", "fp32")
    for error in (MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")):
        with pytest.raises(PreparationError) as caught, translated(artifact):
            raise error
        assert caught.value.reason.code is ReasonCode.OUT_OF_MEMORY


def test_numbers_that_are_flushed_to_zero_fail_the_case(cache):
    artifact = cache.make(SPEC, "torch", "fp32")
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot flush small numbers")
    try:
        with (
            pytest.raises(PreparationError, match="denormals is flushed") as caught,
            EagerBackend().prepare(artifact, EAGER, 1),
        ):
            pass
    finally:
        torch.set_flush_denormal(False)
    assert caught.value.reason.code is ReasonCode.SETTING_NOT_APPLIED


def test_nothing_runs_before_inputs_are_bound_and_nothing_after_the_end():
    model = TorchPrepared(lambda x: x, EAGER, {})
    with pytest.raises(PreparationError, match="no inputs are bound"):
        model.run()
    model.bind((np.ones((1, 2), np.float32),))
    model.run()
    model.close()
    model.bind((np.ones((1, 2), np.float32),))
    with pytest.raises(PreparationError, match="closed"):
        model.run()


def test_several_inputs_and_outputs_keep_their_order():
    model = TorchPrepared(lambda a, b: (b, a), EAGER, {})
    given = (np.zeros((1, 2), np.float32), np.ones((1, 3), np.int64))
    model.bind(given)
    model.run()
    first, second = model.outputs()
    np.testing.assert_array_equal(first, given[1])
    np.testing.assert_array_equal(second, given[0])
    assert first.dtype == np.int64


def test_inputs_of_another_shape_may_be_bound_later():
    model = TorchPrepared(lambda x: x + 1, EAGER, {})
    for batch_size in (1, 4):
        model.bind((np.zeros((batch_size, 2), np.float32),))
        model.run_with_transfers()
        assert model.outputs()[0].shape == (batch_size, 2)


def test_inputs_that_may_not_be_written_are_copied():
    given = np.zeros((1, 2), np.float32)
    given.flags.writeable = False
    model = TorchPrepared(lambda x: x.add_(1), EAGER, {})
    model.bind((given,))
    model.run()
    np.testing.assert_array_equal(given, 0)


def test_autocast_rounds_products_to_bf16_and_keeps_weights_in_fp32(cache):
    spec = SPEC.varied("autocast-bf16")
    outputs = []
    for network in (SPEC, spec):
        with EagerBackend().prepare(cache.make(network, "torch"), EAGER, 1) as model:
            model.bind(example_inputs(SPEC, 1))
            model.run()
            outputs.append(model.outputs()[0])
    plain, mixed = outputs
    assert mixed.dtype == np.float32, "bfloat16, which numpy lacks"
    assert 1e-4 < np.abs(mixed - plain).max() / np.abs(plain).max() < 0.05


def test_integers_without_torchao_skip_the_case_with_a_hint(cache, monkeypatch):
    artifact = cache.make(SPEC.varied("svd-0.25"), "torch")
    integers = replace(artifact, spec=SPEC.varied("int8-weight"))
    monkeypatch.setitem(sys.modules, "model_zoo.variants.keep", None)
    with (
        pytest.raises(Unavailable) as caught,
        EagerBackend().prepare(integers, EAGER, 1),
    ):
        pass
    assert caught.value.reason.code is ReasonCode.BACKEND_NOT_INSTALLED
    assert "scalecurve[variants]" in caught.value.reason.hint
