"""What every backend promises, whichever runtime it wraps."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from harness.backends.registry import BACKENDS, load
from harness.core.case import Precision, Target
from harness.core.errors import PreparationError, Unavailable, VerificationError
from harness.core.reason import ReasonCode
from harness.measure.verify import depends_on_input, tolerance, verify

GPU_ALONE = {"onnxruntime-trt", "tensorrt", "tensorrt-rtx"}
ON_GPU = {"eager", "torchscript", "onnxruntime", *GPU_ALONE}
TARGETS = [
    *(Target(backend=name) for name in BACKENDS if name not in GPU_ALONE),
    *(
        pytest.param(Target(backend=name, device="cuda:0"), marks=pytest.mark.gpu)
        for name in sorted(ON_GPU)
    ),
]
every_target = pytest.mark.parametrize("target", TARGETS, ids=lambda t: f"{t.backend}-{t.device}")

WEIGHT_FAULTS = {
    "wrong": (lambda weights: weights * 1.1, ReasonCode.OUTPUTS_DIFFER),
    "nan": (lambda weights: weights * np.nan, ReasonCode.OUTPUTS_NOT_FINITE),
    "constant": (np.zeros_like, ReasonCode.OUTPUT_IGNORES_INPUT),
}


@every_target
def test_the_same_input_gives_the_same_output(target, zoo, require):
    with zoo.prepared(require(target)) as model:
        model.run()
        first = model.outputs()
        model.run()
        np.testing.assert_array_equal(model.outputs(), first)


@every_target
@pytest.mark.parametrize("batch_size", [1, 8])
def test_outputs_are_the_references_in_shape_and_value(target, batch_size, zoo, require):
    allowed = tolerance(target.precision, zoo.cost.depth, zoo.cost.widest)
    with zoo.prepared(require(target), batch_size) as model:
        model.run()
        found = verify(model.outputs(), zoo.reference(target, batch_size), allowed)
    assert found.error <= allowed


@every_target
def test_a_run_changes_nothing_about_the_bound_inputs(target, zoo, require):
    given = zoo.inputs()
    kept = [array.copy() for array in given]
    with zoo.prepared(require(target)) as model:
        model.bind(given)
        model.run()
        model.run_with_transfers()
    np.testing.assert_array_equal(given, kept)


@every_target
def test_other_inputs_change_the_outputs_even_of_a_run_that_was_taken_before(target, zoo, require):
    with zoo.prepared(require(target)) as model:
        run = model.run
        run()
        first = model.outputs()
        model.bind(zoo.inputs(index=1))
        run()
        second = model.outputs()
    depends_on_input(first, second)
    assert any((one != other).any() for one, other in zip(first, second, strict=True))


@every_target
def test_a_run_with_transfers_gives_the_same_outputs(target, zoo, require):
    with zoo.prepared(require(target)) as model:
        model.run()
        model.synchronize()
        first = model.outputs()
        model.run_with_transfers()
        np.testing.assert_array_equal(model.outputs(), first)


@every_target
def test_inputs_that_were_bound_again_are_the_ones_transferred(target, zoo, require):
    with zoo.prepared(require(target)) as model:
        model.run_with_transfers()
        first = model.outputs()
        model.bind(zoo.inputs(index=1))
        model.run_with_transfers()
        depends_on_input(first, model.outputs())


@every_target
def test_outputs_are_copies_that_later_runs_leave_alone(target, zoo, require):
    with zoo.prepared(require(target)) as model:
        model.run()
        first = model.outputs()
        kept = [array.copy() for array in first]
        model.bind(zoo.inputs(index=1))
        model.run()
        np.testing.assert_array_equal(first, kept)


@every_target
def test_synchronising_twice_is_synchronising_once(target, zoo, require):
    with zoo.prepared(require(target)) as model:
        model.run()
        model.synchronize()
        model.synchronize()
        assert model.asynchronous == target.is_cuda
        assert (model.device_time_ns() is None) or target.is_cuda


@every_target
def test_the_context_lets_go_and_a_second_one_works(target, zoo, require):
    with zoo.prepared(require(target)) as first:
        first.run()
        kept = first.outputs()
    if target.backend != "fake":
        with pytest.raises(PreparationError, match="closed"):
            first.run()
    with zoo.prepared(target) as second:
        second.run()
        np.testing.assert_array_equal(second.outputs(), kept)


@every_target
@pytest.mark.parametrize("threads", [1, 2])
def test_the_threads_that_were_asked_for_are_the_threads_there_are(target, threads, zoo, require):
    target = require(replace(target, threads=threads))
    with zoo.prepared(target) as model:
        assert model.effective()["threads"].split()[0] == str(threads)
        assert target.is_cuda or model.effective()["threads"] == str(threads)


@every_target
def test_an_option_that_is_not_known_is_refused_by_name(target, zoo, require):
    require(target)
    odd = replace(target, options=(("no_such_option", "1"),))
    with pytest.raises(Unavailable, match="no_such_option") as caught, zoo.prepared(odd):
        pass
    assert caught.value.reason.code is ReasonCode.OPTION_UNSUPPORTED


@every_target
@pytest.mark.parametrize("precision", [Precision.FP16, Precision.BF16])
def test_a_lower_precision_is_right_within_its_tolerance_or_refused(
    target, precision, zoo, require
):
    target = require(replace(target, precision=precision))
    allowed = tolerance(precision, zoo.cost.depth, zoo.cost.widest)
    with zoo.prepared(target) as model:
        model.run()
        verify(model.outputs(), zoo.reference(target), allowed)
        assert model.effective()["precision"] == precision


@every_target
@pytest.mark.parametrize("fault", WEIGHT_FAULTS)
def test_a_planted_fault_is_caught(target, fault, zoo, require, tmp_path):
    require(target)
    change, code = WEIGHT_FAULTS[fault]
    if target.backend == "fake":
        target, artifact = replace(target, options=(("fault", fault),)), zoo.artifact(target)
    else:
        target, artifact = zoo.broken(target, change, tmp_path / "broken")
    with zoo.prepared(target, artifact=artifact) as model:
        model.run()
        first = model.outputs()
        model.bind(zoo.inputs(index=1))
        model.run()
        check = (
            partial(depends_on_input, first, model.outputs())
            if code is ReasonCode.OUTPUT_IGNORES_INPUT
            else partial(
                verify,
                first,
                zoo.reference(target),
                tolerance(target.precision, zoo.cost.depth, zoo.cost.widest),
            )
        )
        with pytest.raises(VerificationError) as caught:
            check()
    assert caught.value.reason.code is code


@pytest.mark.parametrize("name", BACKENDS)
def test_a_device_that_is_not_there_is_a_reason_with_a_code(name):
    reason = load(name).availability(Target(backend=name, device="cuda:99"))
    assert reason is not None
    assert reason.code in {
        ReasonCode.NO_CUDA_DEVICE,
        ReasonCode.PROVIDER_UNAVAILABLE,
        ReasonCode.BACKEND_NOT_INSTALLED,
    }


@pytest.mark.parametrize("name", sorted(GPU_ALONE))
def test_a_backend_for_gpus_alone_refuses_the_cpu(name, zoo):
    target = Target(backend=name)
    with (
        pytest.raises(Unavailable) as caught,
        load(name).prepare(zoo.artifact(target), target, 1),
    ):
        pass
    assert caught.value.reason.detail
